// Every kernel on small tensors, beside the recurrence in double: what the sanitizers watch.
#include <cmath>
#include <cstdio>
#include <vector>

#include "gated.cu"
#include "gates.cu"
#include "lightning.cu"
#include "loss.cu"

extern "C" const char* launch(void (*)(const void*), const void*, int, int, int, int, unsigned);

namespace {

u64 drawn = 88172645463325252ull;
double uniform() {
  drawn ^= drawn << 13;
  drawn ^= drawn >> 7;
  drawn ^= drawn << 17;
  return (drawn >> 11) * 0x1p-53;
}
double normal() { return sqrt(-2 * log(uniform() + 1e-300)) * cos(6.283185307179586 * uniform()); }

int failures = 0;

struct Narrow {
  std::vector<u16> bits;
  explicit Narrow(size_t size, bool random = false) : bits(size, 0xffff) {
    if (random)
      for (auto& x : bits) x = (u16)pack((float)normal(), 0);
  }
  double operator[](size_t i) const { return low_half(bits[i]); }
};

template <typename T> void compare(const char* what, const T& actual, const std::vector<double>& expected) {
  double difference = 0, size = 0;
  for (size_t i = 0; i < expected.size(); i++) {
    double x = actual[i];
    difference = x - x == 0 ? fmax(difference, fabs(x - expected[i])) : INFINITY;
    size = fmax(size, fabs(expected[i]));
  }
  bool good = difference <= .02 * size;
  failures += !good;
  printf("  %-10s %.5f %s\n", what, difference / size, good ? "" : "WRONG");
}

void run(void (*kernel)(const void*), const void* arguments, int x, int y, int threads, int bytes) {
  if (const char* wrong = launch(kernel, arguments, x, y, threads, bytes, 7)) {
    printf("  %s\n", wrong);
    failures++;
  }
}

constexpr int Heads = 2;

// One sequence of some heads, with a state that enters and one that leaves.
template <int D> struct Case {
  int time, chunks, parts;
  bool documents;
  Narrow q, k, v, d_o, o, d_q, d_k, d_v, entering, leaving;
  std::vector<float> initial, final, d_final, d_initial;
  std::vector<i64> ids;
  std::vector<double> cosines[2]; // by part: what turns queries and keys, [head][token][channel]

  Case(int time, int parts, bool documents)
      : time(time), chunks((time + Chunk - 1) / Chunk), parts(parts), documents(documents), q(size(), true),
        k(size(), true), v(size(), true), d_o(size(), true), o(size()), d_q(size()), d_k(size()), d_v(size()),
        entering(chunks * states()), leaving(chunks * states()), initial(states()), final(states(), NAN),
        d_final(states()), d_initial(states(), NAN), ids(time) {
    for (auto& x : initial) x = (float)normal();
    for (auto& x : d_final) x = (float)normal();
    for (int t = 0; t < time; t++) ids[t] = t / 23;
    for (int part = 0; part < parts; part++) cosines[part].assign(size(), 1);
  }

  size_t size() const { return (size_t)Heads * time * D; }
  size_t states() const { return (size_t)Heads * parts * D * D; }
  const i64* segments() const { return documents ? ids.data() : nullptr; }
  bool begins(int t) const { return documents && t > 0 && ids[t] != ids[t - 1]; }
  // [time, heads, D] in memory, as projections are.
  size_t index(int head, int t, int i) const { return ((size_t)t * Heads + head) * D + i; }
  template <typename T> Rows rows(std::vector<T>& memory) const { return {memory.data(), 0, D, (i64)Heads * D}; }
  Rows rows(Narrow& memory) const { return rows(memory.bits); }

  // The recurrence; returns what is left for the operator: gradients of decays and angles.
  template <typename Keep> std::vector<double> check(Keep keep, std::vector<double>& d_angles) {
    std::vector<double> e_o(size()), e_q(size()), e_k(size()), e_v(size()), e_a(size());
    std::vector<double> e_final(states()), e_initial(states());
    for (int head = 0; head < Heads; head++) {
      size_t first = (size_t)head * parts * D * D, all = (size_t)parts * D * D;
      std::vector<std::vector<double>> s(time + 1, std::vector<double>(all));
      for (size_t i = 0; i < all; i++) s[0][i] = initial[first + i];
      auto kept = [&](int t, int i) { return begins(t) ? 0 : keep(head, t, i); };
      for (int t = 0; t < time; t++)
        for (int key = 0; key < parts * D; key++)
          for (int j = 0; j < D; j++) {
            size_t at = index(head, t, key % D), state = key * D + j;
            double turned = cosines[key / D][at];
            s[t + 1][state] = s[t][state] * kept(t, key % D) + k[at] * turned * v[index(head, t, j)];
            e_o[index(head, t, j)] += q[at] * turned * s[t + 1][state];
          }
      std::vector<double> d(all);
      for (size_t i = 0; i < all; i++) e_final[first + i] = s[time][i], d[i] = d_final[first + i];
      for (int t = time - 1; t >= 0; t--)
        for (int key = 0; key < parts * D; key++) {
          size_t at = index(head, t, key % D);
          double turned = cosines[key / D][at], for_q = 0, for_k = 0;
          for (int j = 0; j < D; j++) {
            size_t value = index(head, t, j), state = key * D + j;
            d[state] += q[at] * turned * d_o[value];
            for_q += s[t + 1][state] * d_o[value];
            for_k += d[state] * v[value];
            e_v[value] += d[state] * k[at] * turned;
            e_a[at] += d[state] * s[t][state] * kept(t, key % D);
            d[state] *= kept(t, key % D);
          }
          e_q[at] += for_q * turned;
          e_k[at] += for_k * turned;
          if (parts == 2)
            d_angles[head * D + key % D] +=
                t * (for_q * q[at] + for_k * k[at]) * (key < D ? -cosines[1][at] : cosines[0][at]);
        }
      for (size_t i = 0; i < all; i++) e_initial[first + i] = d[i];
    }
    compare("o", o, e_o);
    compare("final", final, e_final);
    compare("d_q", d_q, e_q);
    compare("d_k", d_k, e_k);
    compare("d_v", d_v, e_v);
    compare("d_initial", d_initial, e_initial);
    return e_a;
  }

  void pass(void (*kernel)(const void*), int bytes, bool back, Rows decay, const float* rates, const u64* turns) {
    StateArguments arguments{rows(back ? q : k), rows(back ? d_o : v), decay, rates, turns, segments(),
                             (back ? d_final : initial).data(), (back ? leaving : entering).bits.data(),
                             (back ? d_initial : final).data(), Heads, time, 0, parts};
    run(kernel, &arguments, parts * D / Slice, Heads, StateThreads, bytes);
  }
};

using KernelFunction = void (*)(const void*);

template <int D>
void try_gated(const KernelFunction (&kernels)[4], const int (&bytes)[4], int time, bool documents, double (*gate)()) {
  printf("gated %d, %d tokens%s\n", D, time, documents ? ", documents" : "");
  Case<D> x(time, 1, documents);
  std::vector<float> a(x.size()), d_a(x.size(), NAN);
  for (auto& each : a) each = (float)gate();
  x.pass(kernels[0], bytes[0], false, x.rows(a), nullptr, nullptr);
  gated::GatedOutput output{x.rows(x.q), x.rows(x.k), x.rows(x.v), x.rows(a), x.rows(x.o), x.segments(),
                            x.entering.bits.data(), Heads, time};
  run(kernels[2], &output, x.chunks, Heads, ChunkThreads, bytes[2]);
  x.pass(kernels[1], bytes[1], true, x.rows(a), nullptr, nullptr);
  gated::GatedGradients gradients{x.rows(x.q), x.rows(x.k), x.rows(x.v), x.rows(a), x.rows(x.d_o), x.rows(x.d_q),
                                  x.rows(x.d_k), x.rows(x.d_v), x.rows(d_a), x.segments(), x.entering.bits.data(),
                                  x.leaving.bits.data(), Heads, time};
  run(kernels[3], &gradients, x.chunks, Heads, ChunkThreads, bytes[3]);
  std::vector<double> none;
  compare("d_a", d_a, x.check([&](int head, int t, int i) { return exp((double)a[x.index(head, t, i)]); }, none));
}

template <int D>
void try_lightning(const KernelFunction (&kernels)[4], const int (&bytes)[4], int time, bool documents, bool turned) {
  printf("lightning %d, %d tokens%s%s\n", D, time, documents ? ", documents" : "", turned ? ", turned" : "");
  Case<D> x(time, turned ? 2 : 1, documents);
  float rates[Heads] = {.05f, 0};
  std::vector<u64> turns(Heads * D);
  std::vector<float> sums(Heads * x.chunks * D, NAN);
  for (auto& turn : turns) turn = (u64)(uniform() * 0x1p63);
  if (turned)
    for (int head = 0; head < Heads; head++)
      for (int t = 0; t < time; t++)
        for (int i = 0; i < D; i++) {
          double angle = (double)(turns[head * D + i] * (u64)t) * 0x1p-64 * 6.283185307179586;
          x.cosines[0][x.index(head, t, i)] = cos(angle);
          x.cosines[1][x.index(head, t, i)] = sin(angle);
        }
  const u64* turning = turned ? turns.data() : nullptr;
  x.pass(kernels[0], bytes[0], false, {}, rates, turning);
  lightning::LightningOutput output{x.rows(x.q), x.rows(x.k), x.rows(x.v), x.rows(x.o), rates, turning, x.segments(),
                                    x.entering.bits.data(), Heads, time, 0};
  run(kernels[2], &output, x.chunks, Heads, ChunkThreads, bytes[2]);
  x.pass(kernels[1], bytes[1], true, {}, rates, turning);
  lightning::LightningGradients gradients{x.rows(x.q), x.rows(x.k), x.rows(x.v), x.rows(x.d_o), x.rows(x.d_q),
                                          x.rows(x.d_k), x.rows(x.d_v), rates, turning, x.segments(),
                                          x.entering.bits.data(), x.leaving.bits.data(), sums.data(), Heads, time, 0,
                                          0};
  run(kernels[3], &gradients, x.chunks, Heads, ChunkThreads, bytes[3]);
  std::vector<double> d_angles(Heads * D), actual(Heads * D);
  x.check([&](int head, int, int) { return exp(-(double)rates[head]); }, d_angles);
  if (!turned) return;
  for (int head = 0; head < Heads; head++)
    for (int chunk = 0; chunk < x.chunks; chunk++)
      for (int i = 0; i < D; i++) actual[head * D + i] += sums[(head * x.chunks + chunk) * D + i];
  compare("d_theta", actual, d_angles);
}

void try_gates(int time, bool bounded) {
  constexpr int Width = 64;
  printf("gates, %d tokens%s\n", time, bounded ? ", bounded" : "");
  size_t size = (size_t)time * Heads * Width;
  int chunks = (time + Chunk - 1) / Chunk;
  Narrow z(size, true), key(size), d_key(size, true), d_z(size);
  std::vector<float> log_forget(size, NAN), d_log(size), bounds(Heads * Width), sums(Heads * chunks * Width, NAN);
  std::vector<double> e_log(size), e_key(size), e_z(size), e_bounds(sums.size());
  for (auto& x : d_log) x = (float)normal();
  for (auto& x : bounds) x = bounded ? (float)uniform() : 0;
  auto rows = [](void* memory) { return Rows{memory, 0, Width, Heads * Width}; };
  const float* of = bounded ? bounds.data() : nullptr;
  gates::GateArguments gate{rows(z.bits.data()), rows(log_forget.data()), rows(key.bits.data()), of,
                            Heads, time, Width};
  run(gates::forget_gate, &gate, chunks, Heads, gates::Threads, gates::forget_gate_bytes);
  gates::GateGradients gradients{rows(z.bits.data()), rows(d_log.data()), rows(d_key.bits.data()),
                                 rows(d_z.bits.data()), of, sums.data(), Heads, time, Width};
  run(gates::forget_gate_gradients, &gradients, chunks, Heads, gates::Threads, gates::forget_gate_gradients_bytes);
  for (size_t i = 0; i < size; i++) {
    double bound = bounds[i % (Heads * Width)], on = 1 / (1 + exp(-z[i])), f = bound + (1 - bound) * on;
    double d_f = d_log[i] / f - d_key[i];
    e_log[i] = log(f);
    e_key[i] = 1 - f;
    e_z[i] = d_f * (1 - bound) * on * (1 - on);
    int head = i / Width % Heads, chunk = i / (Heads * Width) / Chunk;
    e_bounds[(head * chunks + chunk) * Width + i % Width] += d_f * (1 - on);
  }
  compare("log f", log_forget, e_log);
  compare("key", key, e_key);
  compare("d_z", d_z, e_z);
  if (bounded) compare("d_bounds", sums, e_bounds);
}

void try_loss(int vocab) {
  constexpr int Count = 3;
  printf("loss, %d tokens in the vocabulary\n", vocab);
  Narrow logits(Count * vocab, true);
  std::vector<i64> targets(Count);
  std::vector<float> losses(Count, NAN);
  std::vector<double> e_losses(Count), e_logits(Count * vocab);
  for (int row = 0; row < Count; row++) {
    targets[row] = (i64)(uniform() * vocab);
    double sum = 0;
    for (int i = 0; i < vocab; i++) sum += exp(logits[row * vocab + i]);
    for (int i = 0; i < vocab; i++)
      e_logits[row * vocab + i] = (exp(logits[row * vocab + i]) / sum - (i == targets[row])) / 4;
    e_losses[row] = log(sum) - logits[row * vocab + targets[row]];
  }
  loss::LossArguments arguments{logits.bits.data(), targets.data(), losses.data(), vocab, .25f};
  run(loss::cross_entropy, &arguments, Count, 1, loss::Threads, loss::cross_entropy_bytes);
  compare("losses", losses, e_losses);
  compare("d_logits", logits, e_logits);
}

#define KERNELS(operator, form, D) \
  {operator##_states_##D, operator##_states_back_##D, operator##form##_output_##D, operator##form##_gradients_##D}, { \
    operator##_states_##D##_bytes, operator##_states_back_##D##_bytes, operator##form##_output_##D##_bytes, \
        operator##form##_gradients_##D##_bytes \
  }

double usual() { return log(uniform()); }
double extreme() {
  double x = uniform();
  return x < .3 ? 0 : x < .6 ? -1e-6 : x < .8 ? -50 : x < .9 ? -1e4 : -1;
}

} // namespace

int main() {
  using namespace gated;
  using namespace lightning;
  for (int time : {1, 70, 130}) try_gated<64>(KERNELS(gated, , 64), time, false, usual);
  try_gated<64>(KERNELS(gated, , 64), 100, true, usual);
  try_gated<128>(KERNELS(gated, , 128), 70, true, extreme);
  try_gated<128>(KERNELS(gated, , 128), 129, false, extreme);
  for (int time : {1, 130}) try_lightning<64>(KERNELS(lightning, , 64), time, false, false);
  try_lightning<128>(KERNELS(lightning, , 128), 70, true, false);
  try_lightning<64>(KERNELS(lightning, _turned, 64), 130, false, true);
  try_lightning<128>(KERNELS(lightning, _turned, 128), 70, true, true);
  try_gates(130, false);
  try_gates(70, true);
  for (int vocab : {5, 4099}) try_loss(vocab);
  return failures > 0;
}
