// What kernels ask of the machine. On a GPU these are single instructions; on a CPU, where tests run the same source,
// the harness that links with it (tests/LinearScaling.Torch.Tests/Kernels/Cuda/harness.cpp) provides them.
#pragma once

using u16 = unsigned short;
using u32 = unsigned;
using i64 = long long;
using u64 = unsigned long long;

#ifdef __CUDA__
#define DEVICE __attribute__((device)) inline __attribute__((always_inline))
#define LAUNCHED_WITH(threads, blocks) __attribute__((launch_bounds(threads, blocks)))
#define KERNEL(name, threads, blocks, Arguments, Memory, body) \
  extern "C" __attribute__((global)) void LAUNCHED_WITH(threads, blocks) name(const Arguments p) { body; }

extern __attribute__((shared)) __attribute__((aligned(16))) char shared_memory[];

DEVICE char* shared() { return shared_memory; }
DEVICE int thread_index() { return __nvvm_read_ptx_sreg_tid_x(); }
DEVICE int block_x() { return __nvvm_read_ptx_sreg_ctaid_x(); }
DEVICE int block_y() { return __nvvm_read_ptx_sreg_ctaid_y(); }
DEVICE void block_barrier() { __syncthreads(); }
DEVICE void warp_barrier() { asm volatile("bar.warp.sync 0xffffffff;" ::: "memory"); }

DEVICE u32 shared_address(const void* at) {
  return (u32)(u64)(__attribute__((address_space(3))) const char*)(const char*)at;
}

// d += a b: a [16, 16] by rows, b [16, 8] by columns, in the registers that the PTX manual gives each lane.
DEVICE void mma(float (&d)[4], const u32 (&a)[4], u32 b0, u32 b1) {
  asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

// Four 8 x 8 matrices of bf16 from shared memory; lane l gives the address of row l % 8 of matrix l / 8.
DEVICE void load_matrices(u32 (&d)[4], const u16* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
               : "=r"(d[0]), "=r"(d[1]), "=r"(d[2]), "=r"(d[3])
               : "r"(shared_address(row))
               : "memory");
}
DEVICE void load_transposed(u32 (&d)[4], const u16* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];"
               : "=r"(d[0]), "=r"(d[1]), "=r"(d[2]), "=r"(d[3])
               : "r"(shared_address(row))
               : "memory");
}

// An 8 x 8 matrix of bf16, one register a lane, transposed.
DEVICE u32 transpose(u32 x) {
  u32 d;
  asm("movmatrix.sync.aligned.m8n8.trans.b16 %0, %1;" : "=r"(d) : "r"(x));
  return d;
}

DEVICE float from_lane_xor(float x, int mask) { return __nvvm_shfl_sync_bfly_f32(-1, x, mask, 31); }

// 2 to the x; 0 where that is denormal.
DEVICE float power_of_two(float x) {
  float d;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(d) : "f"(x));
  return d;
}

DEVICE float log_2(float x) {
  float d;
  asm("lg2.approx.ftz.f32 %0, %1;" : "=f"(d) : "f"(x));
  return d;
}
// Of an angle in [-pi, pi]. Volatile: it is quicker to compute one again than to keep it in a register.
DEVICE float cosine(float x) {
  float d;
  asm volatile("cos.approx.ftz.f32 %0, %1;" : "=f"(d) : "f"(x));
  return d;
}
DEVICE float sine(float x) {
  float d;
  asm volatile("sin.approx.ftz.f32 %0, %1;" : "=f"(d) : "f"(x));
  return d;
}

// Two floats rounded to bf16, the first in the lower half.
DEVICE u32 pack(float low, float high) {
  u32 d;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(d) : "f"(high), "f"(low));
  return d;
}

// 16 bytes to shared memory, or zeros, some time before wait_for_copies says so.
DEVICE void copy_16(void* to, const void* from, bool present) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(shared_address(to)), "l"(from),
               "r"(present ? 16 : 0)
               : "memory");
}
DEVICE void end_copy_group() { asm volatile("cp.async.commit_group;" ::: "memory"); }
// All of this thread's copies but those of the last `groups` groups.
template <int groups> DEVICE void wait_for_copies() {
  asm volatile("cp.async.wait_group %0;" ::"n"(groups) : "memory");
}
DEVICE void prefetch(const void* from) { asm volatile("prefetch.global.L2 [%0];" ::"l"(from)); }
#else
#define DEVICE inline
#define KERNEL(name, threads, blocks, Arguments, Memory, body) \
  extern "C" const int name##_threads = threads, name##_bytes = sizeof(Memory); \
  extern "C" void name(const void* arguments) { \
    const Arguments& p = *(const Arguments*)arguments; \
    body; \
  }

char* shared();
int thread_index();
int block_x();
int block_y();
void block_barrier();
void warp_barrier();
void mma(float (&d)[4], const u32 (&a)[4], u32 b0, u32 b1);
void load_matrices(u32 (&d)[4], const u16* row);
void load_transposed(u32 (&d)[4], const u16* row);
u32 transpose(u32 x);
float from_lane_xor(float x, int mask);
float power_of_two(float x);
float log_2(float x);
float cosine(float x);
float sine(float x);
u32 pack(float low, float high);
void copy_16(void* to, const void* from, bool present);
void end_copy_group();
void wait_for_copies(int groups);
template <int groups> static inline void wait_for_copies() { wait_for_copies(groups); }
static inline void prefetch(const void*) {}
#endif

DEVICE float low_half(u32 x) { return __builtin_bit_cast(float, x << 16); }
DEVICE float high_half(u32 x) { return __builtin_bit_cast(float, x & 0xffff0000u); }
