// Gated linear attention, one log decay a <= 0 per channel and token: S_t = diag(exp a_t) S_{t-1} + k_t v_t',
// o_t = S_t' q_t, and its gradients.
//
// gated_states goes over a head's chunks one after another and stores the state that enters each (back in time: the
// gradient of the state that each leaves). gated_output and gated_gradients then take every chunk at once.
//
// Inside a chunk, two neighbouring blocks of 8, 16 or 32 rows see each other through the row where they meet: queries
// of the right one decayed from there, keys of the left one decayed up to there, and one product. Pairs within 8 rows
// are multiplied channel by channel. Every factor is 2 to a sum of log decays, so none exceeds 1, and no sum is the
// difference of two beyond 8 rows.
#include "chunks.h"

namespace gated {

// 2 to it is 0. What decays more is held there, lest sums with it lose the decays beside it.
constexpr float Shut = -160;

DEVICE float log_decay(float a) {
  a *= Log2E;
  return a < Shut ? Shut : a;
}

// ---------------------------------------------------------------------------------------------------------------------

template <int D> struct StateMemory {
  StateStage<D> stages[2];
  float decay[2][Chunk * (Slice + 4)];
  float totals[Chunk / 16][Slice]; // log decay of 16 rows
  int begins[2][Chunk];            // whether a document does
};

// Keys decayed to the chunk's end, or queries from its start.
template <int D, bool back> struct States {
  StateMemory<D>& memory;

  DEVICE void copy(const StateArguments& p, int stage, i64 batch, i64 head, i64 start, int from) {
    copy_rows<StateThreads, Slice>(memory.decay[stage], Slice + 4, p.decay, batch, head, start, p.time, from);
    if (thread_index() < Chunk)
      memory.begins[stage][thread_index()] = begins(p.ids, batch, p.time, start + thread_index());
  }

  DEVICE void apply(const StateArguments&, u16* keys, int stage, i64, i64, i64, int) {
    float decay[16], total = 0;
#pragma unroll
    for (int r = 0; r < 16; r++) {
      int at = warp() * 16 + r;
      decay[r] = log_decay(memory.decay[stage][at * (Slice + 4) + lane()]);
      if (memory.begins[stage][at]) decay[r] = Shut;
      total += decay[r];
    }
    memory.totals[warp()][lane()] = total;
    block_barrier();
    float sum = 0;
    for (int w = back ? 0 : warp() + 1; w < (back ? warp() : Chunk / 16); w++) sum += memory.totals[w][lane()];
#pragma unroll
    for (int j = 0; j < 16; j++) {
      int r = back ? j : 15 - j;
      if (back) sum += decay[r];
      u16& key = keys[(warp() * 16 + r) * (Slice + Pad) + lane()];
      key = (u16)pack(low_half(key) * power_of_two(sum), 0);
      if (!back) sum += decay[r];
    }
  }

  DEVICE float keep(int key) {
    float whole = 0;
#pragma unroll
    for (int w = 0; w < Chunk / 16; w++) whole += memory.totals[w][key];
    return power_of_two(whole);
  }
};

template <int D, bool back> DEVICE void states(const StateArguments& p) {
  auto& memory = *(StateMemory<D>*)shared();
  States<D, back> chunk_of{memory};
  pass_states<D, back>(p, memory.stages, chunk_of);
}

// ---------------------------------------------------------------------------------------------------------------------
// What output and gradients share. Where channels are on their own, a lane has Own of a warp's.

template <int D> struct Inside {
  static constexpr int Stride = D + Pad, Own = D / 64;
  float decay[Chunk * Stride];     // log2 of the decay from a block of 8 rows' start to each row
  float totals[Chunk / 8][D];      // of the whole block of 8 rows
  float diagonal[2][Chunk][8];     // scores within 8 rows, [half of the channels][query][key]
  int begins[Chunk];               // whether a document does
  u16 q[Chunk * Stride], k[Chunk * Stride];
  u16 decayed[Chunk * Stride];     // queries or keys of the level at hand
};

template <int D> DEVICE int own_column() { return columns_of_warp<D>() + lane() * Inside<D>::Own; }

// Whether a block of 8 rows lies in the right one of two neighbouring blocks of 8 `size` rows.
DEVICE bool is_right(int block, int size) { return block & size; }

// The log decay between a block of 8 rows and the start (right) or end of its block of 8 `size` rows.
template <int D, int N>
DEVICE void between(float (&sum)[N], const Inside<D>& x, int block, int size, bool right, int column) {
#pragma unroll
  for (int i = 0; i < N; i++) sum[i] = 0;
  int from = right ? block & ~(size - 1) : block + 1, to = right ? block : (block | (size - 1)) + 1;
#pragma unroll 1
  for (int b = from; b < to; b++) {
    float total[N];
    read(total, &x.totals[b][column]);
#pragma unroll
    for (int i = 0; i < N; i++) sum[i] += total[i];
  }
}

// This warp's part of `decayed`: queries decayed from the start of their block of 8 `size` rows (right), or keys to its
// end.
template <int D> DEVICE void decay_rows(Inside<D>& x, int block, int size, bool right) {
  constexpr int Own = Inside<D>::Own, Stride = Inside<D>::Stride;
  int column = own_column<D>();
  float sum[Own], total[Own];
  between(sum, x, block, size, right, column);
  read(total, &x.totals[block][column]);
#pragma unroll
  for (int r = 0; r < 8; r++) {
    int at = (block * 8 + r) * Stride + column;
    float decay[Own], value[Own];
    read(decay, x.decay + at);
    read(value, (right ? x.q : x.k) + at);
#pragma unroll
    for (int i = 0; i < Own; i++)
      value[i] *= power_of_two((right ? decay[i] : total[i] - decay[i]) + sum[i]);
    write(x.decayed + at, value);
  }
}
template <int D> DEVICE void decay_level(Inside<D>& x, int size) {
#pragma unroll 1
  for (int block = rows_of_warp() / 8; block < rows_of_warp() / 8 + 2; block++)
    decay_rows(x, block, size, is_right(block, size));
}

// A lane and the one 4 n further each add half of 2 n values of both.
template <int n> DEVICE void fold(float (&x)[8]) {
  bool upper = lane() & n * 4;
#pragma unroll
  for (int i = 0; i < n; i++) {
    float low = x[i], high = x[i + n];
    x[i] = (upper ? high : low) + from_lane_xor(upper ? low : high, n * 4);
  }
}

// The sum of each of 8 values over the warp: that of value lane / 4.
DEVICE float sums_of_8(float (&x)[8]) {
  fold<4>(x);
  fold<2>(x);
  fold<1>(x);
  float sum = x[0] + from_lane_xor(x[0], 2);
  return sum + from_lane_xor(sum, 1);
}

// Log decays to sums within 8 rows, and the scores within them.
template <int D> DEVICE void begin(Inside<D>& x) {
  constexpr int Own = Inside<D>::Own, Stride = Inside<D>::Stride;
  int column = own_column<D>();
#pragma unroll 1
  for (int block = rows_of_warp() / 8; block < rows_of_warp() / 8 + 2; block++) {
    float q[8][Own], keep[8][Own], sum[Own] = {};
#pragma unroll
    for (int r = 0; r < 8; r++) {
      int at = (block * 8 + r) * Stride + column;
      bool shut = x.begins[block * 8 + r];
      read(q[r], x.q + at);
      read(keep[r], x.decay + at);
#pragma unroll
      for (int i = 0; i < Own; i++) {
        float decay = shut ? Shut : log_decay(keep[r][i]);
        keep[r][i] = power_of_two(decay);
        sum[i] += decay;
      }
      write(x.decay + at, sum);
    }
    write(&x.totals[block][column], sum);
#pragma unroll
    for (int s = 0; s < 8; s++) {
      float key[Own], scores[8] = {};
      read(key, x.k + (block * 8 + s) * Stride + column);
#pragma unroll
      for (int r = s; r < 8; r++)
#pragma unroll
        for (int i = 0; i < Own; i++) {
          if (r > s) key[i] *= keep[r][i];
          scores[r] += q[r][i] * key[i];
        }
      float score = sums_of_8(scores);
      if (lane() % 4 == 0) x.diagonal[warp() % 2][block * 8 + lane() / 4][s] = score;
    }
  }
}

template <int D> DEVICE float diagonal(const Inside<D>& x, int query, int key) {
  return key > query ? 0 : x.diagonal[0][query][key % 8] + x.diagonal[1][query][key % 8];
}

// Scores of two blocks of 16 rows of `decayed`, as the left factor of a product with the second's rows.
template <int D> DEVICE void score(float (&d)[2][4], const Inside<D>& x, int first, int second) {
  clear(d);
#pragma unroll 2
  for (int i = 0; i < D; i += 16) {
    u32 a[4];
    left_of(a, x.decayed, Inside<D>::Stride, first, i);
    add_product_transposed(d, a, x.decayed, Inside<D>::Stride, i, second);
  }
}

// ---------------------------------------------------------------------------------------------------------------------

struct GatedOutput {
  Rows q, k, v, decay, output;
  const i64* ids;
  const u16* states; // [batch, heads, chunks, D, D], or null where nothing enters
  i64 heads, time;
};

template <int D> struct OutputMemory {
  Inside<D> inside;
  u16 v[Chunk * (D + Pad)];
};

template <int D> DEVICE void output(const GatedOutput& p) {
  constexpr int N = D / 16, Stride = D + Pad;
  auto& memory = *(OutputMemory<D>*)shared();
  auto& x = memory.inside;
  i64 batch = block_y() / p.heads, head = block_y() % p.heads, start = (i64)block_x() * Chunk;
  const u16* state = p.states ? p.states + ((p.time + Chunk - 1) / Chunk * block_y() + block_x()) * D * D : nullptr;

  if (thread_index() < Chunk) x.begins[thread_index()] = begins(p.ids, batch, p.time, start + thread_index());
  copy_rows<ChunkThreads, D>(x.q, Stride, p.q, batch, head, start, p.time);
  copy_rows<ChunkThreads, D>(x.k, Stride, p.k, batch, head, start, p.time);
  copy_rows<ChunkThreads, D>(x.decay, Stride, p.decay, batch, head, start, p.time);
  end_copy_group();
  copy_rows<ChunkThreads, D>(memory.v, Stride, p.v, batch, head, start, p.time);
  end_copy_group();
  if (state && thread_index() < D * D / 64) prefetch(state + thread_index() * 64);
  wait_for_copies<1>();
  block_barrier();
  begin(x);
  decay_level(x, 1);
  wait_for_copies<0>();
  block_barrier();

  int rows = rows_of_warp(), columns = columns_of_warp<D>(), row = lane() / 4, column = lane() % 4 * 2;
  float out[N][4], scores[2][4];
  u32 a[4];
  clear(out);

  // Of the first eight keys with the last eight queries; the others are the diagonal.
  score(scores, x, rows, rows);
#pragma unroll
  for (int j = 0; j < 2; j++) {
    scores[0][j] = diagonal(x, rows + row, rows + column + j);
    scores[1][j] = 0;
    scores[1][2 + j] = diagonal(x, rows + 8 + row, rows + 8 + column + j);
  }
  as_left(a, scores[0], scores[1]);
  add_product(out, a, memory.v, Stride, rows, columns);

#pragma unroll 1
  for (int size = 2; size <= 4; size *= 2) {
    block_barrier();
    decay_level(x, size);
    block_barrier();
    if (is_right(rows / 8, size))
#pragma unroll 1
      for (int i = 0; i < size / 2; i++) {
        int other = (rows / 8 & ~(2 * size - 1)) * 8 + i * 16;
        score(scores, x, rows, other);
        as_left(a, scores[0], scores[1]);
        add_product(out, a, memory.v, Stride, other, columns);
      }
  }

  if (state) {
    block_barrier();
#pragma unroll 1
    for (int block = rows / 8; block < rows / 8 + 2; block++) decay_rows(x, block, 8, true);
    block_barrier();
    u16* to = x.q; // queries and keys are done with; the state takes their place
    copy_state<D>(to, state);
    end_copy_group();
    wait_for_copies<0>();
    block_barrier();
#pragma unroll 2
    for (int i = 0; i < D; i += 16) {
      left_of(a, x.decayed, Stride, rows, i);
      add_product(out, a, to, Stride, i, columns);
    }
  }

  store_rows<D>(p.output, batch, head, start, p.time, out);
}

// ---------------------------------------------------------------------------------------------------------------------

struct GatedGradients {
  Rows q, k, v, decay, d_output, d_q, d_k, d_v, d_decay;
  const i64* ids;
  const u16* states;   // entering each chunk, [batch, heads, chunks, D, D]
  const u16* d_states; // gradients of the states leaving each chunk
  i64 heads, time;
};

template <int D> struct GradientMemory {
  Inside<D> inside;
  u16 v[Chunk * (D + Pad)];
  u16 d_output[Chunk * (D + Pad)];
  union {
    struct {
      u16 state[D * (D + Pad)], d_state[D * (D + Pad)];
    };
    struct {
      float d_q[Chunk * (D + Pad)], d_k[Chunk * (D + Pad)];
    };
  };
  u16 weights[Chunk * (Chunk + Pad)]; // gradients of the scores, mirrored at the diagonal
  u16 scores[Chunk * (Chunk + Pad)];  // [key][query], not set before the key's block of 16
  // What the pairs of a block of 16 rows add to the decays of every row before it or after it: of the level of 32, of
  // queries with the entering state, of keys with the leaving one.
  float crossing[3][Chunk / 16][D];
  float through[D]; // what passes through the chunk adds to all its decays
};

// The room of the decayed rows and, behind them, of the values.
template <int D> DEVICE float* d_decay_of(GradientMemory<D>& memory) { return (float*)memory.inside.decayed; }

// What flows between rows, from products of decayed rows and their gradients: a decay sees the flow from before its row
// to its row or after it. d_decay += ones(later >= earlier) flow (queries), or ones(earlier > later) flow (keys).
enum class Sums { Queries, Keys, Both8 };
template <Sums sums> DEVICE void sum_left(u32 (&a)[4]) {
  // Ones where row r of d_decay takes column c of the flow.
  auto one = [](int r, int c) -> u32 {
    bool queries = sums == Sums::Queries ? c >= r : c >= r && r >= 8;
    bool keys = sums == Sums::Keys ? c < r : c < r && r < 8;
    return (sums != Sums::Keys && queries) || (sums != Sums::Queries && keys) ? 0x3f80 : 0;
  };
  int row = lane() / 4, column = lane() % 4 * 2;
#pragma unroll
  for (int i = 0; i < 4; i++) {
    int r = row + i % 2 * 8, c = column + i / 2 * 8;
    a[i] = one(r, c) | one(r, c + 1) << 16;
  }
}

// Adds the flow [16, 8 n] of a warp's rows to its d_decay, and, where asked, stores its sum over the rows.
template <Sums sums, int n> DEVICE void add_flow(float (&d)[n][4], const float (&flow)[n][4], float* over_rows) {
  u32 a[4], ones[4] = {0x3f803f80, 0x3f803f80, 0x3f803f80, 0x3f803f80};
  sum_left<sums>(a);
#pragma unroll
  for (int i = 0; i < n; i++) {
    u32 first = transpose(pack(flow[i][0], flow[i][1])), second = transpose(pack(flow[i][2], flow[i][3]));
    mma(d[i], a, first, second);
    if (over_rows) {
      float all[4] = {};
      mma(all, ones, first, second);
      if (lane() < 4) {
        over_rows[i * 8 + lane() * 2] = all[0];
        over_rows[i * 8 + lane() * 2 + 1] = all[1];
      }
    }
  }
}

// Of a level of blocks of 8 `size` rows, with `product` the gradients of this warp's decayed rows: the flow in its
// place, and the gradients, as they reach the rows' blocks of 8, added to those of the queries (right) or keys. Half 0
// is the first eight rows.
template <int half, int D, int n>
DEVICE void add_level(float (&to)[n][4], float (&product)[n][4], const Inside<D>& x, int size, bool right) {
  int block = rows_of_warp() / 8 + half, column = columns_of_warp<D>() + lane() % 4 * 2;
  const u16* rows = x.decayed + (block * 8 + lane() / 4) * Inside<D>::Stride;
#pragma unroll
  for (int i = 0; i < n; i++) {
    float sum[2], decayed[2];
    between(sum, x, block, size, right, column + i * 8);
    read(decayed, rows + column + i * 8);
#pragma unroll
    for (int j = 0; j < 2; j++) {
      float& each = product[i][2 * half + j];
      to[i][2 * half + j] += each * power_of_two(sum[j]);
      each *= decayed[j];
    }
  }
}
template <int D, int n>
DEVICE void add_level(float (&to)[n][4], float (&product)[n][4], const Inside<D>& x, int size, bool right) {
  add_level<0>(to, product, x, size, right);
  add_level<1>(to, product, x, size, right);
}

// Gradients of the scores of 16 queries and 16 keys, and their mirror image where they are the same rows.
template <int D> DEVICE void weigh(GradientMemory<D>& memory, int rows, int other) {
  constexpr int Stride = D + Pad;
  float d[2][4], mirrored[2][4];
  clear(d);
  clear(mirrored);
  int row = lane() / 4, column = lane() % 4 * 2;
#pragma unroll 2
  for (int i = 0; i < D; i += 16) {
    u32 a[4];
    if (other <= rows) {
      left_of(a, memory.d_output, Stride, rows, i);
      add_product_transposed(d, a, memory.v, Stride, i, other);
    }
    if (other >= rows) {
      left_of(a, memory.v, Stride, rows, i);
      add_product_transposed(mirrored, a, memory.d_output, Stride, i, other);
    }
  }
#pragma unroll
  for (int n = 0; n < 2; n++)
#pragma unroll
    for (int half = 0; half < 2; half++) {
      int r = rows + row + half * 8, c = other + n * 8 + column;
      float low = c <= r ? d[n][2 * half] : mirrored[n][2 * half];
      float high = c + 1 <= r ? d[n][2 * half + 1] : mirrored[n][2 * half + 1];
      *(u32*)(memory.weights + r * (Chunk + Pad) + c) = pack(low, high);
    }
}

// A tile [16, 16] of a product to one of bf16.
DEVICE void store_tile(u16* to, const float (&d)[2][4]) {
#pragma unroll
  for (int n = 0; n < 2; n++)
#pragma unroll
    for (int half = 0; half < 2; half++)
      *(u32*)(to + (lane() / 4 + half * 8) * (Chunk + Pad) + n * 8 + lane() % 4 * 2) =
          pack(d[n][2 * half], d[n][2 * half + 1]);
}

// The gradients of what is multiplied channel by channel, and all of them to where they belong.
template <int D>
DEVICE void end(const GatedGradients& p, GradientMemory<D>& memory, i64 batch, i64 head, i64 start) {
  constexpr int Own = Inside<D>::Own, Stride = D + Pad;
  auto& x = memory.inside;
  int column = own_column<D>(), rows = rows_of_warp();
  // What crosses this warp's rows.
  float crossing[Own];
  read(crossing, memory.through + column);
  for (int w = 0; w < Chunk / 16; w++) {
    float by_level[3][Own];
    for (int i = 0; i < 3; i++) read(by_level[i], &memory.crossing[i][w][column]);
#pragma unroll
    for (int i = 0; i < Own; i++) {
      if ((rows == 16 && w == 0) || (rows == 32 && w == 3)) crossing[i] += by_level[0][i];
      if (w > rows / 16) crossing[i] += by_level[1][i];
      if (w < rows / 16) crossing[i] += by_level[2][i];
    }
  }
#pragma unroll 1
  for (int block = rows / 8; block < rows / 8 + 2; block++) {
    float q[8][Own], k[8][Own], decay[8][Own], d_q[8][Own], d_k[8][Own], total[Own];
    read(total, &x.totals[block][column]);
#pragma unroll
    for (int r = 0; r < 8; r++) {
      int at = (block * 8 + r) * Stride + column;
      read(q[r], x.q + at);
      read(k[r], x.k + at);
      read(decay[r], x.decay + at);
#pragma unroll
      for (int i = 0; i < Own; i++) d_q[r][i] = d_k[r][i] = 0;
    }
#pragma unroll
    for (int s = 0; s < 8; s++) {
      float kept[Own];
#pragma unroll
      for (int i = 0; i < Own; i++) kept[i] = 1;
#pragma unroll
      for (int r = s + 1; r < 8; r++) {
        float weight = low_half(memory.weights[(block * 8 + r) * (Chunk + Pad) + block * 8 + s]);
#pragma unroll
        for (int i = 0; i < Own; i++) {
          kept[i] *= power_of_two(decay[r][i] - decay[r - 1][i]);
          d_q[r][i] += weight * k[s][i] * kept[i];
          d_k[s][i] += weight * q[r][i] * kept[i];
        }
      }
    }
    float flow[Own] = {};
#pragma unroll
    for (int r = 7; r >= 0; r--) {
      int at = (block * 8 + r) * Stride + column;
      i64 token = start + block * 8 + r;
      float from_q[Own], from_k[Own], d_decay[Own];
      read(from_q, memory.d_q + at);
      read(from_k, memory.d_k + at);
      read(d_decay, d_decay_of(memory) + at);
      float self = low_half(memory.weights[(block * 8 + r) * (Chunk + Pad) + block * 8 + r]);
      bool shut = x.begins[block * 8 + r];
#pragma unroll
      for (int i = 0; i < Own; i++) {
        flow[i] += q[r][i] * d_q[r][i] - k[r][i] * d_k[r][i];
        d_decay[i] = shut ? 0 : d_decay[i] + crossing[i] + flow[i];
        d_q[r][i] += from_q[i] * power_of_two(decay[r][i]) + self * k[r][i];
        d_k[r][i] += from_k[i] * power_of_two(total[i] - decay[r][i]) + self * q[r][i];
      }
      if (token < p.time) {
        write(row_of<u16>(p.d_q, batch, head, token) + column, d_q[r]);
        write(row_of<u16>(p.d_k, batch, head, token) + column, d_k[r]);
        write(row_of<float>(p.d_decay, batch, head, token) + column, d_decay);
      }
    }
  }
}

// The gradients of the values: scores with the chunk's queries, and keys decayed to its end with the leaving state.
template <int D>
DEVICE void write_d_v(const GatedGradients& p, const GradientMemory<D>& memory, i64 batch, i64 head, i64 start) {
  constexpr int N = D / 16, Stride = D + Pad;
  int rows = rows_of_warp(), columns = columns_of_warp<D>();
  float d_v[N][4];
  u32 a[4];
  clear(d_v);
#pragma unroll 1
  for (int other = rows; other < Chunk; other += 16) {
    left_of(a, memory.scores, Chunk + Pad, rows, other);
    add_product(d_v, a, memory.d_output, Stride, other, columns);
  }
#pragma unroll 2
  for (int i = 0; i < D; i += 16) {
    left_of(a, memory.inside.decayed, Stride, rows, i);
    add_product(d_v, a, memory.d_state, Stride, i, columns);
  }
  store_rows<D>(p.d_v, batch, head, start, p.time, d_v);
}

template <int D> DEVICE void gradients(const GatedGradients& p) {
  constexpr int N = D / 16, Stride = D + Pad;
  auto& memory = *(GradientMemory<D>*)shared();
  auto& x = memory.inside;
  i64 batch = block_y() / p.heads, head = block_y() % p.heads, start = (i64)block_x() * Chunk;
  i64 chunk = (p.time + Chunk - 1) / Chunk * block_y() + block_x();

  if (thread_index() < Chunk) x.begins[thread_index()] = begins(p.ids, batch, p.time, start + thread_index());
  copy_rows<ChunkThreads, D>(x.q, Stride, p.q, batch, head, start, p.time);
  copy_rows<ChunkThreads, D>(x.k, Stride, p.k, batch, head, start, p.time);
  copy_rows<ChunkThreads, D>(x.decay, Stride, p.decay, batch, head, start, p.time);
  end_copy_group();
  copy_rows<ChunkThreads, D>(memory.v, Stride, p.v, batch, head, start, p.time);
  copy_rows<ChunkThreads, D>(memory.d_output, Stride, p.d_output, batch, head, start, p.time);
  end_copy_group();
  for (int i = thread_index(); i < D * D / 8; i += ChunkThreads) {
    int at = i / (D / 8) * Stride + i % (D / 8) * 8;
    copy_16(memory.state + at, p.states + chunk * D * D + i * 8, true);
    copy_16(memory.d_state + at, p.d_states + chunk * D * D + i * 8, true);
  }
  end_copy_group();
  wait_for_copies<2>();
  block_barrier();
  begin(x);
  decay_level(x, 1);
  wait_for_copies<1>();
  block_barrier();

  int rows = rows_of_warp(), columns = columns_of_warp<D>(), row = lane() / 4, column = lane() % 4 * 2;
  for (int i = 0; i < 2; i++) weigh(memory, rows, warp() % 2 * 32 + i * 16);
  block_barrier();

  float d_q[N][4], d_k[N][4], d_decay[N][4], product[N][4], scores[2][4];
  u32 a[4];
  clear(d_q);
  clear(d_k);
  clear(d_decay);

  // Blocks of 8: as in the output, but rows are keys and columns queries.
  if (warp() % 2 == 0) {
    score(scores, x, rows, rows);
#pragma unroll
    for (int j = 0; j < 2; j++) {
      scores[0][j] = diagonal(x, rows + column + j, rows + row);
      scores[0][2 + j] = 0;
      scores[1][2 + j] = diagonal(x, rows + 8 + column + j, rows + 8 + row);
    }
    store_tile(memory.scores + rows * (Chunk + Pad) + rows, scores);
  }
  left_of(a, memory.weights, Chunk + Pad, rows, rows);
  a[0] = a[3] = 0; // within 8 rows
  clear(product);
  add_product(product, a, x.decayed, Stride, rows, columns);
  add_level<0>(d_k, product, x, 1, false);
  add_level<1>(d_q, product, x, 1, true);
  add_flow<Sums::Both8>(d_decay, product, nullptr);

#pragma unroll 1
  for (int level = 1; level <= 2; level++) {
    int size = 1 << level;
    block_barrier();
    decay_level(x, size);
    block_barrier();
    bool right = is_right(rows / 8, size);
    clear(product);
#pragma unroll 1
    for (int i = 0; i < size / 2; i++) {
      int other = ((rows / 8 & ~(2 * size - 1)) + (right ? 0 : size)) * 8 + i * 16;
      if (!right && warp() % 2 == i % 2) {
        score(scores, x, rows, other);
        store_tile(memory.scores + rows * (Chunk + Pad) + other, scores);
      }
      left_of(a, memory.weights, Chunk + Pad, rows, other);
      add_product(product, a, x.decayed, Stride, other, columns);
    }
    float* over_rows = level == 2 ? &memory.crossing[0][rows / 16][columns] : nullptr;
    if (right) {
      add_level(d_q, product, x, size, true);
      add_flow<Sums::Queries>(d_decay, product, over_rows);
    } else {
      add_level(d_k, product, x, size, false);
      add_flow<Sums::Keys>(d_decay, product, over_rows);
    }
  }

  // The state between chunks.
  wait_for_copies<0>();
  block_barrier();
#pragma unroll 1
  for (int block = rows / 8; block < rows / 8 + 2; block++) decay_rows(x, block, 8, true);
  warp_barrier();
  clear(product);
#pragma unroll 2
  for (int i = 0; i < D; i += 16) {
    left_of(a, memory.d_output, Stride, rows, i);
    add_product_transposed(product, a, memory.state, Stride, i, columns);
  }
  add_level(d_q, product, x, 8, true);
  add_flow<Sums::Queries>(d_decay, product, &memory.crossing[1][rows / 16][columns]);

  warp_barrier();
#pragma unroll 1
  for (int block = rows / 8; block < rows / 8 + 2; block++) decay_rows(x, block, 8, false);
  block_barrier();
  write_d_v(p, memory, batch, head, start);
  clear(product);
#pragma unroll 2
  for (int i = 0; i < D; i += 16) {
    left_of(a, memory.v, Stride, rows, i);
    add_product_transposed(product, a, memory.d_state, Stride, i, columns);
  }
  add_level(d_k, product, x, 8, false);
  add_flow<Sums::Keys>(d_decay, product, &memory.crossing[2][rows / 16][columns]);

  // What enters the chunk and leaves it again: ChunkThreads / D threads a channel.
  constexpr int Share = ChunkThreads / D;
  int channel = thread_index() / Share;
  float flow = 0;
  for (int i = 0; i < D / Share; i += 2) {
    int at = channel * Stride + thread_index() % Share * (D / Share) + i;
    float entering[2], leaving[2];
    read(entering, memory.state + at);
    read(leaving, memory.d_state + at);
    flow += entering[0] * leaving[0] + entering[1] * leaving[1];
  }
#pragma unroll
  for (int i = 1; i < Share; i *= 2) flow += from_lane_xor(flow, i);
  float whole = 0;
  for (int i = 0; i < Chunk / 8; i++) whole += x.totals[i][channel];
  if (thread_index() % Share == 0) memory.through[channel] = flow * power_of_two(whole);

  block_barrier(); // the states have been read; gradients take their place
#pragma unroll
  for (int half = 0; half < 2; half++) {
    int r = rows + row + half * 8;
#pragma unroll
    for (int n = 0; n < N; n++) {
      int at = r * Stride + columns + n * 8 + column;
#pragma unroll
      for (int j = 0; j < 2; j++) {
        memory.d_q[at + j] = d_q[n][2 * half + j];
        memory.d_k[at + j] = d_k[n][2 * half + j];
        d_decay_of(memory)[at + j] = d_decay[n][2 * half + j];
      }
    }
  }
  warp_barrier();
  end(p, memory, batch, head, start);
}

// ---------------------------------------------------------------------------------------------------------------------

KERNEL(gated_states_64, StateThreads, 2, StateArguments, StateMemory<64>, (states<64, false>(p)))
KERNEL(gated_states_128, StateThreads, 2, StateArguments, StateMemory<128>, (states<128, false>(p)))
KERNEL(gated_states_back_64, StateThreads, 2, StateArguments, StateMemory<64>, (states<64, true>(p)))
KERNEL(gated_states_back_128, StateThreads, 2, StateArguments, StateMemory<128>, (states<128, true>(p)))
KERNEL(gated_output_64, ChunkThreads, 2, GatedOutput, OutputMemory<64>, (output<64>(p)))
KERNEL(gated_output_128, ChunkThreads, 2, GatedOutput, OutputMemory<128>, (output<128>(p)))
KERNEL(gated_gradients_64, ChunkThreads, 1, GatedGradients, GradientMemory<64>, (gradients<64>(p)))
KERNEL(gated_gradients_128, ChunkThreads, 1, GatedGradients, GradientMemory<128>, (gradients<128>(p)))

} // namespace gated
