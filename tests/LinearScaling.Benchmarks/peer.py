"""One training step of a LLaMA in PyTorch, as a peer to measure beside: hidden 512, 4 layers, 8 heads, GLU 1408,
vocabulary 4,096, batch 4 x 256, AdamW, one thread. For each line on standard input it takes STEPS steps and prints the
fastest one's seconds and the last loss.

    python3 peer.py fp32|bf16 STEPS
"""
import sys
import time

import torch
import torch.nn.functional as F

D, L, H, G, V, B, T = 512, 4, 8, 1408, 4096, 4, 256


class Norm(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.gain = torch.nn.Parameter(torch.ones(D))

    def forward(self, x):
        wide = x.float()
        return (wide * (wide.square().mean(-1, keepdim=True) + 1e-5).rsqrt() * self.gain.float()).to(x.dtype)


def rope(x, cos, sin):
    a, b = x[..., : D // H // 2], x[..., D // H // 2 :]
    return torch.cat((a * cos - b * sin, b * cos + a * sin), -1)


class Block(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv, self.o = torch.nn.Linear(D, 3 * D, bias=False), torch.nn.Linear(D, D, bias=False)
        self.gate, self.up, self.down = torch.nn.Linear(D, G, bias=False), torch.nn.Linear(D, G, bias=False), torch.nn.Linear(G, D, bias=False)
        self.norm1, self.norm2 = Norm(), Norm()

    def forward(self, x, cos, sin, mask):
        q, k, v = self.qkv(self.norm1(x)).view(B, T, 3, H, D // H).permute(2, 0, 3, 1, 4)
        q, k = rope(q, cos, sin), rope(k, cos, sin)
        if hasattr(F, "scaled_dot_product_attention"):
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        else:
            y = (q @ k.transpose(-2, -1) * (D // H) ** -0.5 + mask).softmax(-1) @ v
        x = x + self.o(y.transpose(1, 2).reshape(B, T, D))
        n = self.norm2(x)
        return x + self.down(F.silu(self.gate(n)) * self.up(n))


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = torch.nn.Embedding(V, D)
        torch.nn.init.normal_(self.embed.weight, std=0.02)
        self.blocks, self.norm = torch.nn.ModuleList(Block() for _ in range(L)), Norm()

    def forward(self, ids, cos, sin, mask):
        x = self.embed(ids)
        for block in self.blocks:
            x = block(x, cos, sin, mask)
        return F.linear(self.norm(x), self.embed.weight)


torch.set_num_threads(1)
torch.manual_seed(1)
bf16, steps = sys.argv[1] == "bf16", int(sys.argv[2])
dtype = torch.bfloat16 if bf16 else torch.float32
model = Model()
masters = [p.detach().clone().requires_grad_() for p in model.parameters()] if bf16 else list(model.parameters())
model = model.to(dtype)
optimizer = torch.optim.AdamW(masters, lr=1e-4, foreach=True)
angles = torch.outer(torch.arange(T), 10000 ** (-torch.arange(0, D // H, 2) / (D // H)))
cos, sin = angles.cos().to(dtype), angles.sin().to(dtype)
mask = torch.full((T, T), float("-inf")).triu(1).to(dtype)
data = torch.randint(V, (B, T + 1))


def step():
    loss = F.cross_entropy(model(data[:, :-1], cos, sin, mask).float().view(-1, V), data[:, 1:].reshape(-1))
    model.zero_grad(set_to_none=True)
    loss.backward()
    if bf16:
        for master, parameter in zip(masters, model.parameters()):
            master.grad = parameter.grad.float()
    torch.nn.utils.clip_grad_norm_(masters, 1.0)
    optimizer.step()
    if bf16:
        with torch.no_grad():
            for master, parameter in zip(masters, model.parameters()):
                parameter.copy_(master)
    return loss.item()


step()
print("torch", torch.__version__, flush=True)
for _ in sys.stdin:
    best = float("inf")
    for _ in range(steps):
        began = time.perf_counter()
        loss = step()
        best = min(best, time.perf_counter() - began)
    print(best, loss, flush=True)
