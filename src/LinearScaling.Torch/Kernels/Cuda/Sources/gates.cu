// HGRN2's gates of their logits z: the forget gate f = beta + (1 - beta) sigmoid(z) as log f, and the input gate 1 - f
// as the key, without cancellation at either end; and their gradients. A thread has eight neighbouring channels.
#include "tiles.h"

namespace gates {

constexpr int Threads = 256, Together = 8;

struct GateArguments {
  Rows z, log_forget, key; // bf16, fp32, bf16
  const float* bounds;     // beta in (0, 1), [heads, width], or null: 0
  i64 heads, time, width;
};

struct GateGradients {
  Rows z, d_log_forget, d_key, d_z;
  const float* bounds;
  float* d_bounds; // [batch, heads, chunks, width]: sums over a chunk's rows; null without bounds
  i64 heads, time, width;
};

struct GateMemory {
  float d_bounds[Threads][Together];
};

struct alignas(16) Narrow {
  u32 pairs[Together / 2];

  DEVICE float at(int i) const { return i % 2 ? high_half(pairs[i / 2]) : low_half(pairs[i / 2]); }
};
struct alignas(16) Wide {
  float at[Together];
};

// log(1 + x) for -1/2 <= x <= 1, by the series of the inverse hyperbolic tangent; exact to 1e-7 of itself.
DEVICE float log_of_one_and(float x) {
  float s = x / (2 + x), square = s * s, sum = 1.f / 15;
#pragma unroll
  for (int n = 13; n > 0; n -= 2) sum = sum * square + 1.f / n;
  return 2 * s * sum;
}

struct Gate {
  float on, off; // sigmoid(z), sigmoid(-z)

  DEVICE explicit Gate(float z) {
    float least = power_of_two((z < 0 ? z : -z) * Log2E), most = 1 / (1 + least);
    least *= most;
    on = z < 0 ? least : most;
    off = z < 0 ? most : least;
  }
};

// Rows of the chunk that a thread has, and its channels.
template <typename Work> DEVICE void for_rows(i64 time, i64 width, Work work) {
  int parts = (int)(width / Together), column = thread_index() % parts * Together;
  i64 end = (i64)(block_x() + 1) * Chunk;
  for (i64 token = (i64)block_x() * Chunk + thread_index() / parts; token < (end < time ? end : time);
       token += Threads / parts)
    work(token, column);
}

DEVICE void forward(const GateArguments& p) {
  i64 batch = block_y() / p.heads, head = block_y() % p.heads;
  for_rows(p.time, p.width, [&](i64 token, int column) {
    Narrow z = *(const Narrow*)(row_of<u16>(p.z, batch, head, token) + column), key;
    Wide log_forget;
#pragma unroll
    for (int i = 0; i < Together; i += 2) {
      float keys[2];
#pragma unroll
      for (int j = 0; j < 2; j++) {
        float value = z.at(i + j), bound = p.bounds ? p.bounds[head * p.width + column + i + j] : 0;
        Gate gate(value);
        keys[j] = (1 - bound) * gate.off;
        if (p.bounds)
          log_forget.at[i + j] = keys[j] < .5f ? log_of_one_and(-keys[j]) : log_2(bound + (1 - bound) * gate.on) * Ln2;
        else {
          float least = power_of_two((value < 0 ? value : -value) * Log2E);
          log_forget.at[i + j] = (value < 0 ? value : 0) - log_of_one_and(least);
        }
      }
      key.pairs[i / 2] = pack(keys[0], keys[1]);
    }
    *(Wide*)(row_of<float>(p.log_forget, batch, head, token) + column) = log_forget;
    *(Narrow*)(row_of<u16>(p.key, batch, head, token) + column) = key;
  });
}

DEVICE void backward(const GateGradients& p) {
  auto& memory = *(GateMemory*)shared();
  i64 batch = block_y() / p.heads, head = block_y() % p.heads;
  float sums[Together] = {};
  for_rows(p.time, p.width, [&](i64 token, int column) {
    Narrow z = *(const Narrow*)(row_of<u16>(p.z, batch, head, token) + column), d_z;
    Narrow d_key = *(const Narrow*)(row_of<u16>(p.d_key, batch, head, token) + column);
    Wide d_log = *(const Wide*)(row_of<float>(p.d_log_forget, batch, head, token) + column);
#pragma unroll
    for (int i = 0; i < Together; i += 2) {
      float each[2];
#pragma unroll
      for (int j = 0; j < 2; j++) {
        float bound = p.bounds ? p.bounds[head * p.width + column + i + j] : 0;
        Gate gate(z.at(i + j));
        float open = (1 - bound) * gate.on, forget = bound + open;
        // open / forget is 1 without a bound, where both may vanish.
        each[j] = gate.off * (d_log.at[i + j] * (p.bounds ? open / forget : 1) - d_key.at(i + j) * open);
        if (p.bounds) sums[i + j] += gate.off * (d_log.at[i + j] / forget - d_key.at(i + j));
      }
      d_z.pairs[i / 2] = pack(each[0], each[1]);
    }
    *(Narrow*)(row_of<u16>(p.d_z, batch, head, token) + column) = d_z;
  });
  if (!p.bounds) return;
#pragma unroll
  for (int i = 0; i < Together; i++) memory.d_bounds[thread_index()][i] = sums[i];
  block_barrier();
  i64 chunks = (p.time + Chunk - 1) / Chunk;
  int parts = (int)(p.width / Together);
  for (int channel = thread_index(); channel < p.width; channel += Threads) {
    float sum = 0;
    for (int i = channel / Together; i < Threads; i += parts) sum += memory.d_bounds[i][channel % Together];
    p.d_bounds[(block_y() * chunks + block_x()) * p.width + channel] = sum;
  }
}

KERNEL(forget_gate, Threads, 4, GateArguments, GateMemory, (forward(p)))
KERNEL(forget_gate_gradients, Threads, 4, GateGradients, GateMemory, (backward(p)))

} // namespace gates
