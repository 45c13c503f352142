// What the passes over all chunks at once share: eight warps, each with 16 rows of a chunk and half of its columns.
#pragma once
#include "states.h"

constexpr int ChunkThreads = 256;

DEVICE int rows_of_warp() { return warp() / 2 * 16; }
template <int D> DEVICE int columns_of_warp() { return warp() % 2 * (D / 2); }

template <int D> DEVICE void copy_state(u16* to, const u16* from) {
  for (int i = thread_index(); i < D * D / 8; i += ChunkThreads)
    copy_16(to + i / (D / 8) * (D + Pad) + i % (D / 8) * 8, from + i * 8, true);
}

// A warp's rows and columns of the chunk that begins at `start`; none past the end.
template <int D>
DEVICE void store_rows(const Rows& to, i64 batch, i64 head, i64 start, i64 time, const float (&d)[D / 16][4]) {
#pragma unroll
  for (int half = 0; half < 2; half++) {
    i64 token = start + rows_of_warp() + lane() / 4 + half * 8;
    if (token < time) {
      u16* row = row_of<u16>(to, batch, head, token) + columns_of_warp<D>() + lane() % 4 * 2;
#pragma unroll
      for (int n = 0; n < D / 16; n++) *(u32*)(row + n * 8) = pack(d[n][2 * half], d[n][2 * half + 1]);
    }
  }
}
