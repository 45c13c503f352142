// The pass over a head's chunks, one after another: it stores the state that enters each, or, back in time, the
// gradient of the state that each leaves. What enters and what is added of a chunk is the operator's matter.
#pragma once
#include "tiles.h"

struct StateArguments {
  Rows keys, values, decay; // back in time: queries and the gradient of the output; decay only where it is gated
  const float* rates;       // decay a token of each head, [heads], or null
  const u64* turns;         // LRPE: turns a token, a fraction of 2^64, [heads, D], or null
  const i64* ids;           // document numbers [batch, time], or null
  const float* initial;     // [batch, heads, parts D, D], or null
  u16* states;              // [batch, heads, chunks, parts D, D], or null
  float* final;             // [batch, heads, parts D, D], or null
  i64 heads, time, start;   // start: position of the first token, for LRPE
  i64 parts;                // of the state's keys: 1, with LRPE 2, cosines and sines
};

constexpr int Slice = 32; // keys of a block of threads
constexpr int StateThreads = 128;

// Whether a document begins at token t: nothing passes from the token before.
DEVICE bool begins(const i64* ids, i64 batch, i64 time, i64 t) {
  return ids && t > 0 && t < time && ids[batch * time + t] != ids[batch * time + t - 1];
}

template <int D> struct StateStage {
  u16 keys[Chunk * (Slice + Pad)];
  u16 values[Chunk * (D + Pad)];
};

// A block of threads has a slice of a head's keys; a warp of it, a quarter of the values. The operator copies what more
// it needs of a chunk (copy), decays the keys in place (apply; a lane has a key, a warp 16 rows), and then says what a
// key keeps of the state (keep).
template <int D, bool back, typename Operator>
DEVICE void pass_states(const StateArguments& p, StateStage<D> (&stages)[2], Operator& chunk_of) {
  constexpr int N = D / 32; // tiles of 8 values of a warp
  i64 chunks = (p.time + Chunk - 1) / Chunk, batch = block_y() / p.heads, head = block_y() % p.heads;
  int row = lane() / 4, column = warp() * (D / 4) + lane() % 4 * 2, from = block_x() * Slice % D;
  i64 first = (block_y() * p.parts * D + block_x() * Slice + row) * D + column; // in `initial` and `final`

  auto copy = [&](i64 i) {
    i64 start = (back ? chunks - 1 - i : i) * Chunk;
    copy_rows<StateThreads, Slice>(stages[i % 2].keys, Slice + Pad, p.keys, batch, head, start, p.time, from);
    copy_rows<StateThreads, D>(stages[i % 2].values, D + Pad, p.values, batch, head, start, p.time);
    chunk_of.copy(p, i % 2, batch, head, start, from);
    end_copy_group();
  };

  float state[2][N][4];
#pragma unroll
  for (int m = 0; m < 2; m++)
#pragma unroll
    for (int n = 0; n < N; n++)
#pragma unroll
      for (int j = 0; j < 4; j++)
        state[m][n][j] = p.initial ? p.initial[first + (m * 16 + j / 2 * 8) * D + n * 8 + j % 2] : 0;

  copy(0);
  for (i64 i = 0; i < chunks; i++) {
    i64 chunk = back ? chunks - 1 - i : i;
    auto& stage = stages[i % 2];
    wait_for_copies<0>();
    block_barrier(); // and the other stage has been read
    if (i + 1 < chunks) copy(i + 1);

    if (p.states) {
      u16* to = p.states + ((block_y() * chunks + chunk) * p.parts * D + block_x() * Slice + row) * D + column;
#pragma unroll
      for (int m = 0; m < 2; m++)
#pragma unroll
        for (int n = 0; n < N; n++)
#pragma unroll
          for (int j = 0; j < 2; j++)
            *(u32*)(to + (m * 16 + j * 8) * D + n * 8) = pack(state[m][n][2 * j], state[m][n][2 * j + 1]);
    }

    chunk_of.apply(p, stage.keys, i % 2, batch, head, chunk * Chunk, from);
#pragma unroll
    for (int m = 0; m < 2; m++)
#pragma unroll
      for (int half = 0; half < 2; half++) {
        float keep = chunk_of.keep(m * 16 + half * 8 + row);
#pragma unroll
        for (int n = 0; n < N; n++) state[m][n][2 * half] *= keep, state[m][n][2 * half + 1] *= keep;
      }
    block_barrier();
#pragma unroll 2
    for (int token = 0; token < Chunk; token += 16)
#pragma unroll
      for (int m = 0; m < 2; m++) {
        u32 a[4];
        left_of_transposed(a, stage.keys, Slice + Pad, m * 16, token);
        add_product(state[m], a, stage.values, D + Pad, token, warp() * (D / 4));
      }
  }

  if (p.final)
#pragma unroll
    for (int m = 0; m < 2; m++)
#pragma unroll
      for (int n = 0; n < N; n++)
#pragma unroll
        for (int j = 0; j < 4; j++) p.final[first + (m * 16 + j / 2 * 8) * D + n * 8 + j % 2] = state[m][n][j];
}
