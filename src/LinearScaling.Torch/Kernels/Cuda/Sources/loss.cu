// Cross-entropy of bf16 logits and its gradient in their place: (softmax - one at the target) scale. A block of threads
// has a row; it reads it twice, the second time from a cache, and writes it once.
#include "tiles.h"

namespace loss {

constexpr int Threads = 512;

struct LossArguments {
  u16* logits;        // [rows, vocab]
  const i64* targets; // [rows]
  float* losses;      // [rows], in nats
  i64 vocab;
  float scale;
};

struct LossMemory {
  float most[Threads / 32], sum[Threads / 32];
};

struct alignas(16) Eight {
  u32 pairs[4];
};

// The largest of some numbers x, in units of log 2, and the sum of 2 to x less it.
struct Sum {
  float most, sum;

  DEVICE void add(const Sum& other) {
    float larger = most > other.most ? most : other.most;
    sum = sum * power_of_two(most - larger) + other.sum * power_of_two(other.most - larger);
    most = larger;
  }
};

// Calls each(element) on the row's elements that a 16-byte access cannot have, then eight(elements) on the others.
template <typename Each, typename EightAtOnce>
DEVICE void for_row(u16* row, i64 vocab, Each each, EightAtOnce eight) {
  i64 before = (16 - (i64)((u64)row & 15)) % 16 / 2;
  if (before > vocab) before = vocab;
  i64 groups = (vocab - before) / 8, after = before + groups * 8;
  int thread = thread_index();
  if (thread < before) each(row + thread);
  if (thread < vocab - after) each(row + after + thread);
  for (i64 i = thread; i < groups; i += Threads) eight((Eight*)(row + before) + i);
}

DEVICE void in_place(const LossArguments& p) {
  constexpr float Least = -3e38f; // less than every bf16 number times log2 e but infinity
  auto& memory = *(LossMemory*)shared();
  u16* row = p.logits + block_x() * p.vocab;
  u16* target = row + p.targets[block_x()];
  float chosen = low_half(*target) * Log2E;

  Sum sum{Least, 0};
  for_row(
      row, p.vocab, [&](const u16* x) { sum.add({low_half(*x) * Log2E, 1}); },
      [&](const Eight* x) {
        Eight all = *x;
        float most = Least, parts[8], whole = 0;
#pragma unroll
        for (int i = 0; i < 8; i++) {
          parts[i] = (i % 2 ? high_half(all.pairs[i / 2]) : low_half(all.pairs[i / 2])) * Log2E;
          most = parts[i] > most ? parts[i] : most;
        }
#pragma unroll
        for (int i = 0; i < 8; i++) whole += power_of_two(parts[i] - most);
        sum.add({most, whole});
      });
#pragma unroll
  for (int i = 1; i < 32; i *= 2) sum.add({from_lane_xor(sum.most, i), from_lane_xor(sum.sum, i)});
  if (lane() == 0) {
    memory.most[warp()] = sum.most;
    memory.sum[warp()] = sum.sum;
  }
  block_barrier();
  sum = {memory.most[0], memory.sum[0]};
  for (int i = 1; i < Threads / 32; i++) sum.add({memory.most[i], memory.sum[i]});

  float weight = p.scale / sum.sum;
  auto gradient = [&](float x) { return power_of_two(x * Log2E - sum.most) * weight; };
  for_row(
      row, p.vocab, [&](u16* x) { *x = (u16)pack(gradient(low_half(*x)), 0); },
      [&](Eight* x) {
        Eight all = *x;
#pragma unroll
        for (int i = 0; i < 4; i++)
          all.pairs[i] = pack(gradient(low_half(all.pairs[i])), gradient(high_half(all.pairs[i])));
        *x = all;
      });
  block_barrier();
  if (thread_index() == 0) {
    // Formed before it is rounded, which would erase it where the prediction is confident.
    float of_all = power_of_two(chosen - sum.most) / sum.sum;
    *target = (u16)pack((of_all - 1) * p.scale, 0);
    p.losses[block_x()] = (log_2(sum.sum) + sum.most - chosen) * Ln2;
  }
}

KERNEL(cross_entropy, Threads, 2, LossArguments, LossMemory, (in_place(p)))

} // namespace loss
