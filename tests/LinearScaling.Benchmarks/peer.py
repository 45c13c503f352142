"""The four models and their training step in eager PyTorch: what `lcs` is measured beside.

    peer.py FOLDER fp32|bf16

FOLDER holds model.json (the architecture) and start.safetensors (weights, tokens, logits and gradients), which the
benchmark wrote. The fastest of a few ways to compute the token mixer is found, logits and gradients are compared with
those of the file, and one line of JSON says what came out; then every line on standard input asks for a training step
and is answered with its seconds, processor seconds, loss and the peak of resident KiB.

Only PyTorch and Python are needed. scaled_dot_product_attention and the fused AdamW are used where PyTorch has them.
"""
import ctypes
import json
import os
import sys
from time import perf_counter, process_time

os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")  # huge pages for tensors, where PyTorch knows of them
import torch
import torch.nn.functional as F

SDPA = hasattr(F, "scaled_dot_product_attention")


def read(path):
    """The tensors of a safetensors file."""
    with open(path, "rb") as file:
        data = bytearray(file.read())
    length = int.from_bytes(data[:8], "little")
    types = {"F32": torch.float32, "I64": torch.int64}
    tensors = {}
    for name, entry in json.loads(data[8 : 8 + length]).items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            dtype = types[entry["dtype"]]
            count = (end - begin) // torch.empty((), dtype=dtype).element_size()
            flat = torch.frombuffer(data, dtype=dtype, count=count, offset=8 + length + begin)
            tensors[name] = flat.view(entry["shape"]).clone()
    return tensors


def rms(x, gain, eps):
    wide = x.float()
    y = wide * (wide.square().mean(-1, keepdim=True) + eps).rsqrt()
    return (y if gain is None else y * gain).to(x.dtype)


def scan(added, keep=None):
    """What enters each chunk: S_0 = 0, S_(n+1) = keep_n S_n + added_n, in fp32; dimension 2 counts chunks."""
    added = added.float().unbind(2)
    states = [torch.zeros_like(added[0])]
    for n, a in enumerate(added[:-1]):
        states.append(a + states[-1] if keep is None else torch.addcmul(a, states[-1], keep[:, :, n]))
    return torch.stack(states, 2)


class Model:
    """Functions of the parameters in `w`, which have the checkpoint's names but for the matrices that are joined."""

    def __init__(self, config, tensors, way, dtype=torch.float32):
        self.c, self.way, self.dtype = config, way, dtype
        self.heads, self.layers, self.width = config["heads"], config["layers"], config["hidden"]
        self.head_dim = self.width // self.heads
        self.gated = config["arch"] in ("tnl", "cosformer2")
        self.names = self.joined(tensors)
        self.w = {}
        for name, parts in self.names.items():
            whole = torch.cat([tensors["w." + part] for part in parts])
            self.w[name] = whole.to(dtype if self.is_matrix(name, whole) else torch.float32).requires_grad_()
        self.tables = {}

    @staticmethod
    def is_matrix(name, tensor):
        return name.endswith(".weight") and tensor.dim() == 2 and name != "tpe.weight"

    def joined(self, tensors):
        """Checkpoint names by parameter: matrices with the same input are one parameter."""
        inputs = "qfv" if self.c["arch"] == "hgrn2" else "qkv"
        names = {}
        for i in range(self.layers):
            mixer = f"blocks.{i}.mixer"
            names[f"{mixer}.in.weight"] = [f"{mixer}.{p}.weight" for p in inputs]
            if self.gated:
                names[f"{mixer}.in.weight"].append(f"{mixer}.gate_down.weight")
        used = sum(names.values(), [])
        names.update({n[2:]: [n[2:]] for n in tensors if n.startswith("w.") and n[2:] not in used})
        return names

    def table(self, name, make):
        """A constant, computed once."""
        if name not in self.tables:
            self.tables[name] = make()
        return self.tables[name]

    def logits(self, ids):
        x = F.embedding(ids, self.w["embed.weight"])
        if "tpe.weight" in self.w:
            x = x + self.exponentials(x)
        for i in range(self.layers):
            x = x + self.mix(i, self.norm(x, f"blocks.{i}.mixer_norm.weight"))
            x = x + self.glu(i, self.norm(x, f"blocks.{i}.glu_norm.weight"))
        return F.linear(self.norm(x, "norm.weight"), self.w["embed.weight"]).float()

    def norm(self, x, gain):
        return rms(x, self.w.get(gain), self.c["norm_eps"])

    def glu(self, i, x):
        gate, up, down = (self.w[f"blocks.{i}.glu.{part}.weight"] for part in ("gate", "up", "down"))
        gate = F.linear(x, gate)
        return F.linear((F.silu(gate) if self.c["silu"] else gate) * F.linear(x, up), down)

    def mix(self, i, x):
        mixer = f"blocks.{i}.mixer"
        joined = F.linear(x, self.w[f"{mixer}.in.weight"])
        if self.c["arch"] == "llama":
            return F.linear(self.attention(joined), self.w[f"{mixer}.o.weight"])
        if self.gated:
            joined, gate = joined.split((3 * self.width, joined.size(-1) - 3 * self.width), -1)
        o = self.lightning(i, joined) if self.gated else self.gated_linear(i, joined)
        o = self.norm(o, f"{mixer}.norm.weight")
        if self.gated:
            o = o * F.linear(gate, self.w[f"{mixer}.gate_up.weight"]).sigmoid()
        return F.linear(o, self.w[f"{mixer}.o.weight"])

    def chunked(self, joined):
        """[batch, time, 3 hidden] to three of [batch, heads, chunks, rows, head_dim]."""
        joined = joined.view(joined.size(0), -1, self.way["rows"], 3, self.heads, self.head_dim)
        return joined.permute(3, 0, 4, 1, 2, 5).contiguous().unbind(0)

    def merged(self, o):
        """And back to [batch, time, hidden]."""
        return o.permute(0, 2, 3, 1, 4).reshape(o.size(0), -1, self.width)

    def lightning(self, i, joined):
        """TNL's constant decay per head, or cosFormer2's none: quadratic in chunks, a state between them."""
        q, k, v = self.chunked(joined)
        q, k = F.silu(q), F.silu(k)
        chunks, rows = q.size(2), q.size(3)
        theta = self.w.get(f"blocks.{i}.mixer.theta")
        if theta is not None:
            # Positions times angles in fp64: in fp32 they would be off by 2e-4 at position 4,096.
            time = self.table("time", lambda: torch.arange(chunks * rows, dtype=torch.float64).view(1, -1, 1))
            angle = (time * theta.unsqueeze(1)).float().view(self.heads, chunks, rows, 1, self.head_dim)
            turn = torch.cat((angle.cos(), angle.sin()), -2).to(q.dtype)
            q, k = ((t.unsqueeze(-2) * turn).flatten(-2) for t in (q, k))
        decays = self.c["arch"] == "tnl"
        inside, start, end, whole, between = self.table(("decay", i * decays), lambda: self.decay(i, chunks, rows))
        o = (q @ k.transpose(-1, -2)).mul_(inside) @ v
        if chunks == 1:
            return self.merged(o)
        added = k.transpose(-1, -2) @ (v * end if decays else v)
        if self.way["states"] == "product":
            states = (between @ added.flatten(-2)).view(added.shape)
        else:
            states = scan(added, whole if decays else None).to(q.dtype)
        read = q @ states
        return self.merged(o.addcmul_(read, start) if decays else o.add_(read))

    def decay(self, i, chunks, rows):
        """By which products are multiplied inside a chunk, from its start, to its end, over it, between chunks."""
        slopes = self.c["slopes"][i] if self.c["arch"] == "tnl" else [0.0] * self.heads
        s = torch.tensor(slopes, dtype=torch.float64).view(-1, 1, 1, 1)
        row, chunk = torch.arange(rows), torch.arange(chunks)
        lag, far = row.view(-1, 1) - row, chunk.view(-1, 1) - chunk - 1
        inside = (-s * lag.clamp_min(0)).exp() * (lag >= 0)
        start, end = (-s * (row + 1).view(-1, 1)).exp(), (-s * (rows - 1 - row).view(-1, 1)).exp()
        whole = (-s * rows).exp().unsqueeze(0).expand(1, -1, chunks, -1, -1)
        between = (-s.squeeze(1) * rows * far.clamp_min(0)).exp() * (far >= 0)
        inside, start, end, between = (t.to(self.dtype) for t in (inside, start, end, between))
        return inside, start, end, whole.float(), between

    def gated_linear(self, i, joined):
        """HGRN2's decay per channel and token. Exponents count from the middle of a chunk, so that they stay within
        half a chunk's decay; whole decays, which only shrink, multiply the states."""
        q, f, v = self.chunked(joined)
        q, f = F.silu(q), f.float()
        if i == 0:
            k, log = (-f).sigmoid(), F.logsigmoid(f)
        else:
            bound = self.w["lower_bounds"].softmax(0)[1 : i + 1].sum(0).view(self.heads, 1, 1, self.head_dim)
            k = (1 - bound) * (-f).sigmoid()
            log = torch.log1p(-k)
        total = log.cumsum(-2)
        rows = total.size(-2)
        middle, last = total[..., rows // 2 - 1 : rows // 2, :], total[..., -1:, :]
        exponent = (total - middle).exp()
        q, k = q * exponent.to(q.dtype), (k / exponent).to(q.dtype)
        mask = self.table("mask", lambda: torch.ones(rows, rows, dtype=q.dtype).tril())
        o = (q @ k.transpose(-1, -2)).mul_(mask) @ v
        if total.size(2) == 1:
            return self.merged(o)
        column = lambda t: t.exp().transpose(-1, -2)
        added = (k.transpose(-1, -2) @ v) * column(last - middle)
        states = scan(added, column(last)) * column(middle)
        return self.merged(o.add_(q @ states.to(q.dtype)))

    def attention(self, joined):
        """Causal softmax attention; without the fused operator block by block of queries, over what each may see."""
        batch, time, _ = joined.shape
        half = self.head_dim // 2
        q, k, v = joined.view(batch, time, 3, self.heads, self.head_dim).unbind(2)

        def rotation():
            frequency = self.c["rope_base"] ** (-torch.arange(half, dtype=torch.float64) / half)
            angle = torch.arange(time, dtype=torch.float64).view(-1, 1, 1) * frequency
            return angle.cos().to(self.dtype), angle.sin().to(self.dtype)

        cos, sin = self.table("rope", rotation)
        turn = lambda a, b: torch.cat((a * cos - b * sin, b * cos + a * sin), -1).transpose(1, 2)
        q, k, v = turn(*q.chunk(2, -1)), turn(*k.chunk(2, -1)), v.transpose(1, 2)
        if SDPA:
            o = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        else:
            rows = self.way["rows"]
            q, k, v = q * self.head_dim**-0.5, k.transpose(-1, -2).contiguous(), v.contiguous()
            full = lambda: torch.full((rows, time), float("-inf")).triu(time - rows + 1).to(q.dtype)
            mask = self.table("mask", full)
            blocks = []
            for end in range(rows, time + 1, rows):
                scores = (q[:, :, end - rows : end] @ k[..., :end]).add_(mask[:, time - end :])
                blocks.append(scores.softmax(-1) @ v[:, :, :end])
            o = torch.cat(blocks, 2)
        return o.transpose(1, 2).reshape(batch, time, self.width)

    def exponentials(self, x, rows=64):
        """cosFormer2's positional encoding: a sum of exponentials per channel, as a Toeplitz product in chunks."""
        x = x.float()
        weight = self.w["tpe.weight"]
        batch, time, width = x.shape
        count = weight.size(1)

        def constants():
            rate = 2.0 ** (-8 * torch.arange(1, count + 1, dtype=torch.float64) / count)
            row = torch.arange(rows)
            lag = row.view(-1, 1) - row
            lags = (-rate.view(-1, 1) * row).exp().float()
            end = (-rate.view(-1, 1) * (rows - 1 - row)).exp().float()
            start = (-rate * (row + 1).view(-1, 1)).exp().float()
            whole = (-rate * rows).exp().float().view(1, 1, 1, -1, 1).expand(1, 1, time // rows, -1, 1)
            return lags, lag.clamp_min(0).flatten(), (lag >= 0).float(), end, start, whole

        lags, index, causal, end, start, whole = self.table("tpe", constants)
        chunks = x.view(batch, -1, rows, width)
        toeplitz = (weight @ lags).index_select(1, index).view(width, rows, rows) * causal
        inside = toeplitz @ chunks.permute(3, 2, 0, 1).reshape(width, rows, -1)
        y = inside.view(width, rows, batch, -1).permute(2, 3, 1, 0)
        states = scan((end @ chunks).unsqueeze(1), whole).squeeze(1)
        y = y + start @ (states * weight.t())
        return y.reshape(batch, time, width).to(self.dtype)


class Training:
    """AdamW with decay of matrices alone, gradients clipped at 1; masters in fp32 where the model is narrower."""

    def __init__(self, model, tokens):
        self.model, self.ids, self.targets = model, tokens[:, :-1], tokens[:, 1:].flatten()
        self.parameters = list(model.w.values())
        self.masters = [p if p.dtype == torch.float32 else p.detach().float() for p in self.parameters]
        self.narrow = [(m, p) for m, p in zip(self.masters, self.parameters) if m is not p]
        matrices = [Model.is_matrix(name, p) for name, p in model.w.items()]
        groups = [
            {"params": [m for m, is_matrix in zip(self.masters, matrices) if is_matrix == decays], "weight_decay": d}
            for decays, d in ((True, 0.1), (False, 0.0))
        ]
        settings = dict(lr=1e-4, betas=(0.9, 0.95), eps=1e-8)
        try:
            self.optimizer = torch.optim.AdamW(groups, fused=True, **settings)
        except (TypeError, RuntimeError):
            self.optimizer = torch.optim.AdamW(groups, foreach=True, **settings)

    def backward(self):
        """Gradients in the parameters; returns logits and loss."""
        for parameter in self.parameters:
            parameter.grad = None
        logits = self.model.logits(self.ids)
        loss = F.cross_entropy(logits.flatten(0, 1), self.targets)
        loss.backward()
        return logits, loss.item()

    def update(self):
        for master, parameter in self.narrow:
            master.grad = parameter.grad.float()
        torch.nn.utils.clip_grad_norm_(self.masters, 1.0)
        self.optimizer.step()
        with torch.no_grad():
            for master, parameter in self.narrow:
                parameter.copy_(master)

    def step(self):
        loss = self.backward()[1]
        self.update()
        return loss


def ways(config, time):
    """What may be the fastest way to compute the token mixer; rows of a chunk, or of a block of queries."""
    if config["arch"] == "llama":
        return [{}] if SDPA else [{"rows": rows} for rows in (64, 128, 256, 512) if rows <= time]
    if config["arch"] == "hgrn2":
        # A chunk's half must not decay by more than fp32 spans: 64 rows are safe where gates exceed 0.07 on average.
        return [{"rows": rows} for rows in (16, 32, 64)]
    return [{"rows": rows, "states": states} for rows in (32, 64, 128) for states in ("scan", "product")]


def fastest(config, tensors, dtype):
    """The way whose token mixer, forward and backward, is the fastest."""
    batch, time = tensors["tokens"].shape
    x = torch.randn(batch, time - 1, config["hidden"]).to(dtype).requires_grad_()
    found = {}
    for way in ways(config, time - 1):
        model = Model(config, tensors, way, dtype)
        for _ in range(2):  # the first makes constants too
            began = perf_counter()
            model.mix(1, x).sum().backward()
            found[perf_counter() - began] = way
    return found[min(found)]


def differences(training, tensors):
    """The largest difference of logits and of gradients from ours, over the largest of each tensor."""
    over = lambda a, b: ((a - b).abs().max() / b.abs().max()).item()
    logits = over(training.backward()[0].detach(), tensors["logits"])
    gradients = 0.0
    for name, parts in training.model.names.items():
        start = 0
        for part in parts:
            ours = tensors["g." + part]
            theirs = training.model.w[name].grad[start : start + len(ours)]
            gradients = max(gradients, over(theirs, ours))
            start += len(ours)
    return logits, gradients


def blas():
    """The library behind fp32 products, and the kernel that it chose."""
    with open("/proc/self/maps") as maps:
        paths = {line.split()[-1] for line in maps if "openblas" in line}
    for path in paths:
        library = ctypes.CDLL(path)
        for name in (library.openblas_get_config, library.openblas_get_corename):
            name.restype = ctypes.c_char_p
        version = library.openblas_get_config().decode().split()[:2]
        return f"{' '.join(version)}, kernel {library.openblas_get_corename().decode()}"
    return "MKL" if torch.backends.mkl.is_available() else "an unknown BLAS"


def main(folder, name):
    torch.set_num_threads(1)
    dtype = {"fp32": torch.float32, "bf16": torch.bfloat16}[name]
    with open(os.path.join(folder, "model.json")) as file:
        config = json.load(file)
    tensors = read(os.path.join(folder, "start.safetensors"))
    way = fastest(config, tensors, dtype)
    training = Training(Model(config, tensors, way), tensors["tokens"])
    logits, gradients = differences(training, tensors)
    if dtype == torch.float32:
        training.update()
    else:
        training = Training(Model(config, tensors, way, dtype), tensors["tokens"])
        training.step()
    del tensors
    ctypes.CDLL(None).malloc_trim(0)
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")  # the peak counts from here
    said = {"torch": torch.__version__, "blas": blas(), "way": way, "logits": logits, "gradients": gradients}
    print(json.dumps(said), flush=True)
    for _ in sys.stdin:
        began, processor = perf_counter(), process_time()
        loss = training.step()
        seconds, processor = perf_counter() - began, process_time() - processor
        with open("/proc/self/status") as status:
            peak = next(line.split()[1] for line in status if line.startswith("VmHWM"))
        print(seconds, processor, loss, peak, flush=True)


main(*sys.argv[1:])
