// Tiles of bf16 in shared memory and the fragments that tensor cores multiply.
// A row is a tile's width and Pad more elements: eight rows then lie in distinct banks.
#pragma once
#include "device.h"

constexpr int Chunk = 64; // tokens of a chunk
constexpr int Pad = 8;
constexpr float Log2E = 1.44269504f, Ln2 = 0.693147181f;

// Where the rows of [batch, heads, time, width] are; strides are in elements, a row's elements lie side by side.
struct Rows {
  void* memory;
  i64 batch, head, time;
};

template <typename T> DEVICE T* row_of(const Rows& x, i64 batch, i64 head, i64 time) {
  return (T*)x.memory + batch * x.batch + head * x.head + time * x.time;
}

DEVICE int lane() { return thread_index() % 32; }
DEVICE int warp() { return thread_index() / 32; }

// Rows `first` to `first` + 63 of a head, width elements of size bytes from `column`; zeros past the end.
template <int threads, int width, typename T>
DEVICE void copy_rows(T* to, int stride, const Rows& from, i64 batch, i64 head, i64 first, i64 time, int column = 0) {
  constexpr int Per = 16 / sizeof(T), Parts = width / Per;
  for (int i = thread_index(); i < Chunk * Parts; i += threads) {
    int row = i / Parts, part = i % Parts * Per;
    bool present = first + row < time;
    copy_16(to + row * stride + part, row_of<T>(from, batch, head, present ? first + row : 0) + column + part, present);
  }
}

// The left factor [16, 16] of a product: rows from `row`, columns from `column` of a tile, or of its transpose.
DEVICE void left_of(u32 (&a)[4], const u16* tile, int stride, int row, int column) {
  load_matrices(a, tile + (row + lane() % 16) * stride + column + lane() / 16 * 8);
}
DEVICE void left_of_transposed(u32 (&a)[4], const u16* tile, int stride, int row, int column) {
  load_transposed(a, tile + (column + lane() % 8 + lane() / 16 * 8) * stride + row + lane() / 8 % 2 * 8);
}

// The right factor [16, 16]: rows from `row`, columns from `column` of a tile, or of its transpose. Registers 0 and 1
// are its first eight columns, 2 and 3 the others.
DEVICE void right_of(u32 (&b)[4], const u16* tile, int stride, int row, int column) {
  load_transposed(b, tile + (row + lane() % 16) * stride + column + lane() / 16 * 8);
}
DEVICE void right_of_transposed(u32 (&b)[4], const u16* tile, int stride, int row, int column) {
  load_matrices(b, tile + (column + lane() % 8 + lane() / 16 * 8) * stride + row + lane() / 8 % 2 * 8);
}

// A product [16, 8 n] in a warp's registers. Of its tile i, a lane has columns 8 i + 2 (lane % 4) and the one after, of
// row lane / 4 in [i][0] and [i][1], of row lane / 4 + 8 in [i][2] and [i][3].
template <int n> DEVICE void clear(float (&d)[n][4]) {
#pragma unroll
  for (int i = 0; i < n; i++)
#pragma unroll
    for (int j = 0; j < 4; j++) d[i][j] = 0;
}

// d += a b with b [16, 8 n] rows from `row`, columns from `column` of a tile, or of its transpose.
template <int n>
DEVICE void add_product(float (&d)[n][4], const u32 (&a)[4], const u16* tile, int stride, int row, int column) {
#pragma unroll
  for (int i = 0; i < n; i += 2) {
    u32 b[4];
    right_of(b, tile, stride, row, column + 8 * i);
    mma(d[i], a, b[0], b[1]);
    mma(d[i + 1], a, b[2], b[3]);
  }
}
template <int n>
DEVICE void add_product_transposed(
    float (&d)[n][4], const u32 (&a)[4], const u16* tile, int stride, int row, int column) {
#pragma unroll
  for (int i = 0; i < n; i += 2) {
    u32 b[4];
    right_of_transposed(b, tile, stride, row, column + 8 * i);
    mma(d[i], a, b[0], b[1]);
    mma(d[i + 1], a, b[2], b[3]);
  }
}

// A product's 16 columns as the left factor of another.
DEVICE void as_left(u32 (&a)[4], const float (&first)[4], const float (&second)[4]) {
  a[0] = pack(first[0], first[1]);
  a[1] = pack(first[2], first[3]);
  a[2] = pack(second[0], second[1]);
  a[3] = pack(second[2], second[3]);
}

// N neighbouring elements of a row.
template <int N> DEVICE void read(float (&x)[N], const u16* from) {
  if constexpr (N == 2) {
    u32 both = *(const u32*)from;
    x[0] = low_half(both);
    x[1] = high_half(both);
  } else
    x[0] = low_half(*from);
}
template <int N> DEVICE void write(u16* to, const float (&x)[N]) {
  if constexpr (N == 2)
    *(u32*)to = pack(x[0], x[1]);
  else
    *to = (u16)pack(x[0], 0);
}
template <int N> struct alignas(4 * N) Floats {
  float at[N];
};
template <int N> DEVICE void read(float (&x)[N], const float* from) {
  auto all = *(const Floats<N>*)from;
#pragma unroll
  for (int i = 0; i < N; i++) x[i] = all.at[i];
}
template <int N> DEVICE void write(float* to, const float (&x)[N]) {
  Floats<N> all;
#pragma unroll
  for (int i = 0; i < N; i++) all.at[i] = x[i];
  *(Floats<N>*)to = all;
}
