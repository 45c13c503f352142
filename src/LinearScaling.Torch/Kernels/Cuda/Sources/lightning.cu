// Linear attention with one decay s >= 0 a head, or none: S_t = exp(-s) S_{t-1} + k_t v_t', o_t = S_t' q_t, and its
// gradients. With LRPE, queries and keys are [x cos(p theta), x sin(p theta)] at position p: two parts, which are made
// where they are needed and add to the same scores and outputs.
//
// lightning_states goes over a head's chunks one after another and stores the state that enters each (back in time: the
// gradient of the state that each leaves). lightning_output and lightning_gradients then take every chunk at once.
#include "chunks.h"

namespace lightning {

// The documents of a chunk's rows, counted from the one that it enters with, and decays along it.
struct Documents {
  int number[Chunk];
  int begins[Chunk];
};

// Fills `number`. All threads of the block come here.
DEVICE void count_documents(Documents& x, const i64* ids, i64 batch, i64 time, i64 start) {
  int row = thread_index();
  if (!ids) {
    if (row < Chunk) x.number[row] = 0;
    block_barrier();
    return;
  }
  if (row < Chunk) x.begins[row] = begins(ids, batch, time, start + row);
  block_barrier();
  if (row < Chunk) {
    int count = 0;
    for (int r = 0; r <= row; r++) count += x.begins[r];
    x.number[row] = count;
  }
  block_barrier();
}

struct Decays {
  const Documents& documents;
  float rate; // log2 of what a token leaves, <= 0
  int tokens; // of the chunk

  DEVICE float over(int rows) const { return power_of_two(rate * rows); }
  // What a query sees of the state that enters.
  DEVICE float from_start(int row) const { return documents.number[row] == 0 ? over(row + 1) : 0; }
  // What a key leaves in the state at the end.
  DEVICE float to_end(int row) const {
    return row < tokens && documents.number[row] == documents.number[Chunk - 1] ? over(tokens - 1 - row) : 0;
  }
  // What the entering state leaves in it.
  DEVICE float through() const { return documents.number[Chunk - 1] == 0 ? over(tokens) : 0; }
  DEVICE float between(int query, int key) const {
    return key <= query && documents.number[query] == documents.number[key] ? over(query - key) : 0;
  }
};

DEVICE Decays decays_of(const Documents& documents, const float* rates, i64 head, i64 time, i64 start) {
  return {documents, rates ? -Log2E * rates[head] : 0, time - start < Chunk ? (int)(time - start) : Chunk};
}

// The angle at a position less whole turns: u64 arithmetic drops those.
DEVICE float angle(u64 turns, i64 position) {
  constexpr float Radians = 6.283185307f / 4294967296.f;
  return (float)(int)(u32)(turns * (u64)position >> 32) * Radians;
}
DEVICE float turn(u64 turns, i64 position, bool sines) {
  float x = angle(turns, position);
  return sines ? sine(x) : cosine(x);
}

// ---------------------------------------------------------------------------------------------------------------------

template <int D> struct StateMemory {
  StateStage<D> stages[2];
  Documents documents;
};

// Keys decayed to the chunk's end, or queries from its start.
template <int D, bool back> struct States {
  StateMemory<D>& memory;
  float kept = 0;

  DEVICE void copy(const StateArguments&, int, i64, i64, i64, int) {}

  DEVICE void apply(const StateArguments& p, u16* keys, int, i64 batch, i64 head, i64 start, int from) {
    count_documents(memory.documents, p.ids, batch, p.time, start);
    Decays decays = decays_of(memory.documents, p.rates, head, p.time, start);
    kept = decays.through();
    u64 turns = p.turns ? p.turns[head * D + from + lane()] : 0;
    bool sines = block_x() * Slice >= D;
#pragma unroll
    for (int i = 0; i < 16; i++) {
      int r = warp() * 16 + i;
      u16& key = keys[r * (Slice + Pad) + lane()];
      float factor = back ? decays.from_start(r) : decays.to_end(r);
      if (p.turns) factor *= turn(turns, p.start + start + r, sines);
      key = (u16)pack(low_half(key) * factor, 0);
    }
  }

  DEVICE float keep(int) { return kept; }
};

template <int D, bool back> DEVICE void states(const StateArguments& p) {
  auto& memory = *(StateMemory<D>*)shared();
  States<D, back> chunk_of{memory};
  pass_states<D, back>(p, memory.stages, chunk_of);
}

// ---------------------------------------------------------------------------------------------------------------------
// Queries and keys times cosines or sines.
template <int D>
DEVICE void turn_rows(u16* q_to, u16* k_to, const u16* q, const u16* k, const u64* turns, i64 first, bool sines) {
  for (int i = thread_index(); i < Chunk * D / 2; i += ChunkThreads) {
    int row = i / (D / 2), column = i % (D / 2) * 2, at = row * (D + Pad) + column;
    float x[2], y[2];
    read(x, q + at);
    read(y, k + at);
#pragma unroll
    for (int j = 0; j < 2; j++) {
      float factor = turn(turns[column + j], first + row, sines);
      x[j] *= factor;
      y[j] *= factor;
    }
    write(q_to + at, x);
    write(k_to + at, y);
  }
}

// d += a b' of 16 rows of either.
template <int D> DEVICE void add_scores(float (&d)[2][4], const u16* a, int first, const u16* b, int second) {
#pragma unroll 2
  for (int i = 0; i < D; i += 16) {
    u32 left[4];
    left_of(left, a, D + Pad, first, i);
    add_product_transposed(d, left, b, D + Pad, i, second);
  }
}

// Scores of 16 queries and 16 keys, decayed.
DEVICE void decay_scores(float (&d)[2][4], const Decays& decays, int first, int second) {
#pragma unroll
  for (int n = 0; n < 2; n++)
#pragma unroll
    for (int j = 0; j < 4; j++)
      d[n][j] *= decays.between(first + lane() / 4 + j / 2 * 8, second + n * 8 + lane() % 4 * 2 + j % 2);
}

struct LightningOutput {
  Rows q, k, v, output;
  const float* rates;
  const u64* turns;
  const i64* ids;
  const u16* states; // [batch, heads, chunks, parts D, D], or null where nothing enters
  i64 heads, time, start;
};

template <int D, bool turned> struct OutputMemory {
  u16 q[Chunk * (D + Pad)], k[Chunk * (D + Pad)], v[Chunk * (D + Pad)];
  u16 state[D * (D + Pad)];
  u16 turned_q[turned ? Chunk * (D + Pad) : 8], turned_k[turned ? Chunk * (D + Pad) : 8];
  Documents documents;
};

template <int D, bool turned> DEVICE void output(const LightningOutput& p) {
  constexpr int N = D / 16, Stride = D + Pad, Parts = turned ? 2 : 1;
  auto& memory = *(OutputMemory<D, turned>*)shared();
  i64 batch = block_y() / p.heads, head = block_y() % p.heads, start = (i64)block_x() * Chunk;
  const u16* states =
      p.states ? p.states + ((p.time + Chunk - 1) / Chunk * block_y() + block_x()) * Parts * D * D : nullptr;

  copy_rows<ChunkThreads, D>(memory.q, Stride, p.q, batch, head, start, p.time);
  copy_rows<ChunkThreads, D>(memory.k, Stride, p.k, batch, head, start, p.time);
  end_copy_group();
  copy_rows<ChunkThreads, D>(memory.v, Stride, p.v, batch, head, start, p.time);
  if (states) copy_state<D>(memory.state, states);
  end_copy_group();
  count_documents(memory.documents, p.ids, batch, p.time, start);
  Decays decays = decays_of(memory.documents, p.rates, head, p.time, start);
  wait_for_copies<1>();
  block_barrier();

  int rows = rows_of_warp(), columns = columns_of_warp<D>(), row = lane() / 4;
  float out[N][4], scores[Chunk / 16][2][4];
  u32 a[4];
  clear(out);
#pragma unroll
  for (int j = 0; j < Chunk / 16; j++) clear(scores[j]);
#pragma unroll 1
  for (int part = 0; part < Parts; part++) {
    const u16 *q = memory.q, *k = memory.k;
    if constexpr (turned) {
      if (part > 0) {
        block_barrier();
        if (states) copy_state<D>(memory.state, states + D * D);
        end_copy_group();
      }
      turn_rows<D>(
          memory.turned_q, memory.turned_k, memory.q, memory.k, p.turns + head * D, p.start + start, part > 0);
      q = memory.turned_q;
      k = memory.turned_k;
      block_barrier();
    }
#pragma unroll
    for (int j = 0; j < Chunk / 16; j++)
      if (j * 16 <= rows) add_scores<D>(scores[j], q, rows, k, j * 16);
    wait_for_copies<0>();
    block_barrier();
    if (states)
#pragma unroll 2
      for (int i = 0; i < D; i += 16) {
        left_of(a, q, Stride, rows, i);
        add_product(out, a, memory.state, Stride, i, columns);
      }
  }
#pragma unroll
  for (int half = 0; half < 2; half++) {
    float seen = decays.from_start(rows + row + half * 8);
#pragma unroll
    for (int n = 0; n < N; n++) out[n][2 * half] *= seen, out[n][2 * half + 1] *= seen;
  }
#pragma unroll
  for (int j = 0; j < Chunk / 16; j++)
    if (j * 16 <= rows) {
      decay_scores(scores[j], decays, rows, j * 16);
      as_left(a, scores[j][0], scores[j][1]);
      add_product(out, a, memory.v, Stride, j * 16, columns);
    }

  store_rows<D>(p.output, batch, head, start, p.time, out);
}

// ---------------------------------------------------------------------------------------------------------------------

struct LightningGradients {
  Rows q, k, v, d_output, d_q, d_k, d_v;
  const float* rates;
  const u64* turns;
  const i64* ids;
  const u16* states;   // entering each chunk, [batch, heads, chunks, parts D, D]
  const u16* d_states; // gradients of the states leaving each chunk
  float* d_theta;      // [batch, heads, chunks, D], or null without LRPE
  i64 heads, time, start;
  i64 origin; // position of the first token as the gradient of theta weighs it
};

template <int D, bool turned> struct GradientMemory {
  u16 q[Chunk * (D + Pad)], k[Chunk * (D + Pad)], v[Chunk * (D + Pad)], d_output[Chunk * (D + Pad)];
  u16 state[D * (D + Pad)], d_state[D * (D + Pad)];
  u16 turned_q[turned ? Chunk * (D + Pad) : 8], turned_k[turned ? Chunk * (D + Pad) : 8];
  u16 scores[Chunk * (Chunk + Pad)], d_scores[Chunk * (Chunk + Pad)]; // [query][key], 0 above the diagonal
  float d_theta[turned ? Chunk / 16 : 1][turned ? D : 1]; // of 16 rows
  Documents documents;
};

// Scores of a warp's 16 queries and two blocks of 16 keys to a tile.
DEVICE void store_scores(u16* to, const float (&d)[2][2][4], int rows) {
#pragma unroll
  for (int i = 0; i < 2; i++)
#pragma unroll
    for (int n = 0; n < 2; n++)
#pragma unroll
      for (int half = 0; half < 2; half++) {
        int r = rows + lane() / 4 + half * 8, c = warp() % 2 * 32 + i * 16 + n * 8 + lane() % 4 * 2;
        *(u32*)(to + r * (Chunk + Pad) + c) = pack(d[i][n][2 * half], d[i][n][2 * half + 1]);
      }
}

template <int D, bool turned> DEVICE void gradients(const LightningGradients& p) {
  constexpr int N = D / 16, Stride = D + Pad, Parts = turned ? 2 : 1;
  auto& memory = *(GradientMemory<D, turned>*)shared();
  i64 batch = block_y() / p.heads, head = block_y() % p.heads, start = (i64)block_x() * Chunk;
  i64 chunk = (p.time + Chunk - 1) / Chunk * block_y() + block_x();
  const u16 *states = p.states + chunk * Parts * D * D, *d_states = p.d_states + chunk * Parts * D * D;

  copy_rows<ChunkThreads, D>(memory.v, Stride, p.v, batch, head, start, p.time);
  copy_rows<ChunkThreads, D>(memory.d_output, Stride, p.d_output, batch, head, start, p.time);
  end_copy_group();
  copy_rows<ChunkThreads, D>(memory.q, Stride, p.q, batch, head, start, p.time);
  copy_rows<ChunkThreads, D>(memory.k, Stride, p.k, batch, head, start, p.time);
  end_copy_group();
  copy_state<D>(memory.state, states);
  copy_state<D>(memory.d_state, d_states);
  end_copy_group();
  count_documents(memory.documents, p.ids, batch, p.time, start);
  Decays decays = decays_of(memory.documents, p.rates, head, p.time, start);
  wait_for_copies<2>();
  block_barrier();

  int rows = rows_of_warp(), columns = columns_of_warp<D>(), row = lane() / 4, column = lane() % 4 * 2;
  float scores[2][2][4];
#pragma unroll
  for (int i = 0; i < 2; i++) {
    int other = warp() % 2 * 32 + i * 16;
    clear(scores[i]);
    if (other <= rows) add_scores<D>(scores[i], memory.d_output, rows, memory.v, other);
    decay_scores(scores[i], decays, rows, other);
  }
  store_scores(memory.d_scores, scores, rows);
#pragma unroll
  for (int i = 0; i < 2; i++) clear(scores[i]);
  wait_for_copies<1>();
  block_barrier();

  float d_q[N][4], d_k[N][4], d_v[N][4], d_theta[N][2];
  u32 a[4];
  clear(d_q);
  clear(d_k);
  clear(d_v);
#pragma unroll
  for (int n = 0; n < N; n++) d_theta[n][0] = d_theta[n][1] = 0;
#pragma unroll 1
  for (int part = 0; part < Parts; part++) {
    const u16 *q = memory.q, *k = memory.k;
    if constexpr (turned) {
      if (part > 0) {
        block_barrier();
        copy_state<D>(memory.state, states + D * D);
        copy_state<D>(memory.d_state, d_states + D * D);
        end_copy_group();
      }
      turn_rows<D>(
          memory.turned_q, memory.turned_k, memory.q, memory.k, p.turns + head * D, p.start + start, part > 0);
      q = memory.turned_q;
      k = memory.turned_k;
      block_barrier();
    }
#pragma unroll
    for (int i = 0; i < 2; i++)
      if (warp() % 2 * 32 + i * 16 <= rows) add_scores<D>(scores[i], q, rows, k, warp() % 2 * 32 + i * 16);
    wait_for_copies<0>();
    block_barrier();

    // Once for the queries, once for the keys: through the state, then within the chunk.
#pragma unroll
    for (int keys = 0; keys < 2; keys++) {
      float product[N][4];
      clear(product);
#pragma unroll 2
      for (int i = 0; i < D; i += 16) {
        left_of(a, keys ? memory.v : memory.d_output, Stride, rows, i);
        add_product_transposed(product, a, keys ? memory.d_state : memory.state, Stride, i, columns);
      }
#pragma unroll
      for (int half = 0; half < 2; half++) {
        int r = rows + row + half * 8;
        float factor = keys ? decays.to_end(r) : decays.from_start(r);
#pragma unroll
        for (int n = 0; n < N; n++) product[n][2 * half] *= factor, product[n][2 * half + 1] *= factor;
      }
#pragma unroll 1
      for (int other = keys ? rows : 0; other < (keys ? Chunk : rows + 16); other += 16) {
        if (keys)
          left_of_transposed(a, memory.d_scores, Chunk + Pad, rows, other);
        else
          left_of(a, memory.d_scores, Chunk + Pad, rows, other);
        add_product(product, a, keys ? q : k, Stride, other, columns);
      }
#pragma unroll
      for (int n = 0; n < N; n++)
#pragma unroll
        for (int j = 0; j < 4; j++) {
          float& to = keys ? d_k[n][j] : d_q[n][j];
          if constexpr (turned) {
            int r = rows + row + j / 2 * 8, c = columns + n * 8 + column + j % 2;
            float x = angle(p.turns[head * D + c], p.start + start + r), cosines = cosine(x), sines = sine(x);
            float along = product[n][j] * (part ? sines : cosines), across = product[n][j] * (part ? cosines : -sines);
            float turning = across * low_half((keys ? memory.k : memory.q)[r * Stride + c]);
            to += along;
            d_theta[n][j % 2] += turning * (float)(p.origin + start + r);
          } else
            to += product[n][j];
        }
    }

    // Values: keys decayed to the end, with the leaving state.
    float product[N][4];
    clear(product);
#pragma unroll 2
    for (int i = 0; i < D; i += 16) {
      left_of(a, k, Stride, rows, i);
      add_product(product, a, memory.d_state, Stride, i, columns);
    }
#pragma unroll
    for (int half = 0; half < 2; half++) {
      float factor = decays.to_end(rows + row + half * 8);
#pragma unroll
      for (int n = 0; n < N; n++)
#pragma unroll
        for (int j = 2 * half; j < 2 * half + 2; j++) d_v[n][j] += product[n][j] * factor;
    }
  }

#pragma unroll
  for (int i = 0; i < 2; i++) decay_scores(scores[i], decays, rows, warp() % 2 * 32 + i * 16);
  store_scores(memory.scores, scores, rows);
  if constexpr (turned) {
    // Over the eight lanes that have a column, then over the warps.
#pragma unroll
    for (int n = 0; n < N; n++)
#pragma unroll
      for (int j = 0; j < 2; j++) {
        float sum = d_theta[n][j];
        sum += from_lane_xor(sum, 4);
        sum += from_lane_xor(sum, 8);
        sum += from_lane_xor(sum, 16);
        if (lane() < 4) memory.d_theta[rows / 16][columns + n * 8 + column + j] = sum;
      }
  }
  block_barrier();
  if constexpr (turned)
    for (int i = thread_index(); i < D; i += ChunkThreads) {
      float sum = 0;
      for (int w = 0; w < Chunk / 16; w++) sum += memory.d_theta[w][i];
      p.d_theta[chunk * D + i] = sum;
    }
#pragma unroll 1
  for (int other = rows; other < Chunk; other += 16) {
    left_of_transposed(a, memory.scores, Chunk + Pad, rows, other);
    add_product(d_v, a, memory.d_output, Stride, other, columns);
  }

  store_rows<D>(p.d_q, batch, head, start, p.time, d_q);
  store_rows<D>(p.d_k, batch, head, start, p.time, d_k);
  store_rows<D>(p.d_v, batch, head, start, p.time, d_v);
}

// ---------------------------------------------------------------------------------------------------------------------

template <int D> using Output = OutputMemory<D, false>;
template <int D> using TurnedOutput = OutputMemory<D, true>;
template <int D> using Gradients = GradientMemory<D, false>;
template <int D> using TurnedGradients = GradientMemory<D, true>;

KERNEL(lightning_states_64, StateThreads, 2, StateArguments, StateMemory<64>, (states<64, false>(p)))
KERNEL(lightning_states_128, StateThreads, 2, StateArguments, StateMemory<128>, (states<128, false>(p)))
KERNEL(lightning_states_back_64, StateThreads, 2, StateArguments, StateMemory<64>, (states<64, true>(p)))
KERNEL(lightning_states_back_128, StateThreads, 2, StateArguments, StateMemory<128>, (states<128, true>(p)))
KERNEL(lightning_output_64, ChunkThreads, 2, LightningOutput, Output<64>, (output<64, false>(p)))
KERNEL(lightning_output_128, ChunkThreads, 2, LightningOutput, Output<128>, (output<128, false>(p)))
KERNEL(lightning_turned_output_64, ChunkThreads, 2, LightningOutput, TurnedOutput<64>, (output<64, true>(p)))
KERNEL(lightning_turned_output_128, ChunkThreads, 1, LightningOutput, TurnedOutput<128>, (output<128, true>(p)))
KERNEL(lightning_gradients_64, ChunkThreads, 1, LightningGradients, Gradients<64>, (gradients<64, false>(p)))
KERNEL(lightning_gradients_128, ChunkThreads, 1, LightningGradients, Gradients<128>, (gradients<128, false>(p)))
KERNEL(lightning_turned_gradients_64, ChunkThreads, 1, LightningGradients, TurnedGradients<64>, (gradients<64, true>(p)))
KERNEL(lightning_turned_gradients_128, ChunkThreads, 1, LightningGradients, TurnedGradients<128>, (gradients<128, true>(p)))

} // namespace lightning
