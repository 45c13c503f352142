// Runs CUDA kernels on a CPU (x86-64): the threads of a block are fibres that take turns, in an order drawn from a
// seed. What a warp does together happens when the last of its lanes has come; what the PTX manual leaves open until a
// wait or a barrier stays undone until then. Shared memory is poisoned before each block. Under the thread sanitizer a
// fibre is a thread, and only barriers order what fibres do.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include <sys/mman.h>

#include "device.h"

#if !defined(__x86_64__)
#error "the switch between fibres is written for x86-64"
#endif
#if __has_feature(address_sanitizer)
#include <sanitizer/common_interface_defs.h>
#define ADDRESSES(code) code
#else
#define ADDRESSES(code)
#endif
// This file is compiled without the thread sanitizer, which would take what fibres hand each other here for races.
#ifdef WATCH_THREADS
#include <sanitizer/tsan_interface.h>
extern "C" void __tsan_read16(void*);
extern "C" void __tsan_write16(void*);
#define THREADS(code) code
#else
#define THREADS(code)
#endif
#define UNSEEN __attribute__((no_sanitize("address")))

// Saves the callee's registers and the stack pointer, and goes on where another fibre did so.
extern "C" void switch_stacks(void** saved, void* next);
asm(R"(
.globl switch_stacks
switch_stacks:
  push %rbp
  push %rbx
  push %r12
  push %r13
  push %r14
  push %r15
  mov %rsp, (%rdi)
  mov %rsi, %rsp
  pop %r15
  pop %r14
  pop %r13
  pop %r12
  pop %rbx
  pop %rbp
  ret
)");

namespace {

constexpr size_t StackBytes = 1 << 18;
constexpr int MostThreads = 1024, MostCopies = 256, MostGroups = 16;
enum class Step { None, Barrier, Mma, Load, LoadTransposed, Transpose, Shuffle };
const char* const Names[] = {"nothing", "warp_barrier", "mma", "load_matrices", "load_transposed", "transpose",
                             "from_lane_xor"};

struct Copy {
  void* to;
  const void* from;
  bool present;
};

struct Fibre {
  void* stack;
  void* pointer;
  bool done;
  const char* waits;
  Copy copies[MostCopies]; // that are not done yet, by group, the last group open
  int group_sizes[MostGroups];
  int groups;
  void* sanitizer;
  void* faked;
};

// What a lane brings to a step of its warp, and where the answer goes.
struct Lane {
  const void* in[3];
  void* out;
};

struct Warp {
  Step step;
  int arrived;
  Lane lanes[32];
};

std::vector<Fibre> fibres;
std::vector<Warp> warps;
// Fixed tables: memory that fibres allocate is taken for races.
struct Indices {
  int at[MostThreads];
  int count;
  void add(int index) { at[count++] = index; }
} runnable, at_barrier;
void* scheduler;
[[maybe_unused]] void* scheduler_sanitizer;
[[maybe_unused]] void* scheduler_faked;
[[maybe_unused]] const void* scheduler_bottom;
[[maybe_unused]] size_t scheduler_size;
int current, x, y, threads, left;
char* memory;
u64 random_state;
void (*kernel)(const void*);
const void* kernel_arguments;
std::string error;

u64 next_random() {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  return random_state ^= random_state << 17;
}

UNSEEN void to_scheduler(bool last) {
  Fibre& self = fibres[current];
  THREADS(__tsan_switch_to_fiber(scheduler_sanitizer, __tsan_switch_to_fiber_no_sync));
  ADDRESSES(__sanitizer_start_switch_fiber(last ? nullptr : &self.faked, scheduler_bottom, scheduler_size));
  switch_stacks(&self.pointer, scheduler);
  ADDRESSES(__sanitizer_finish_switch_fiber(fibres[current].faked, nullptr, nullptr));
  (void)last;
}

UNSEEN void to_fibre(int index) {
  current = index;
  Fibre& next = fibres[index];
  THREADS(__tsan_switch_to_fiber(next.sanitizer, __tsan_switch_to_fiber_no_sync));
  ADDRESSES(__sanitizer_start_switch_fiber(&scheduler_faked, next.stack, StackBytes));
  switch_stacks(&scheduler, next.pointer);
  ADDRESSES(__sanitizer_finish_switch_fiber(scheduler_faked, nullptr, nullptr));
}

UNSEEN void wait(const char* what) {
  fibres[current].waits = what;
  to_scheduler(false);
}

// Ends the launch; the fibres are not gone back to.
[[noreturn]] UNSEEN void fail(const std::string& what) {
  error = "block " + std::to_string(x) + ", " + std::to_string(y) + ", thread " + std::to_string(current) + ": " + what;
  to_scheduler(true);
  abort();
}

UNSEEN void entry() {
  ADDRESSES(__sanitizer_finish_switch_fiber(nullptr, &scheduler_bottom, &scheduler_size));
  THREADS(__tsan_acquire(&warps));
  kernel(kernel_arguments);
  THREADS(__tsan_release(&warps));
  fibres[current].done = true;
  left--;
  to_scheduler(true);
  abort();
}

UNSEEN float element(u32 pair, int odd) { return odd ? high_half(pair) : low_half(pair); }

// PTX manual, "Matrix Fragments for mma.m16n8k16".
UNSEEN void multiply(const Warp& warp) {
  float a[16][16], b[16][8];
  for (int lane = 0; lane < 32; lane++) {
    auto from_a = (const u32*)warp.lanes[lane].in[0];
    auto from_b = (const u32*)warp.lanes[lane].in[1];
    for (int i = 0; i < 8; i++)
      a[lane / 4 + i / 2 % 2 * 8][lane % 4 * 2 + i % 2 + i / 4 * 8] = element(from_a[i / 2], i % 2);
    for (int i = 0; i < 4; i++) b[lane % 4 * 2 + i % 2 + i / 2 * 8][lane / 4] = element(from_b[i / 2], i % 2);
  }
  for (int lane = 0; lane < 32; lane++)
    for (int i = 0; i < 4; i++) {
      float sum = 0;
      for (int k = 0; k < 16; k++) sum += a[lane / 4 + i / 2 * 8][k] * b[k][lane % 4 * 2 + i % 2];
      ((float*)warp.lanes[lane].out)[i] += sum;
    }
}

UNSEEN void load(const Warp& warp, bool transposed) {
  for (int lane = 0; lane < 32; lane++)
    for (int matrix = 0; matrix < 4; matrix++) {
      u32 pair = 0;
      for (int i = 0; i < 2; i++) {
        int row = transposed ? lane % 4 * 2 + i : lane / 4, column = transposed ? lane / 4 : lane % 4 * 2 + i;
        pair |= (u32)((const u16*)warp.lanes[matrix * 8 + row].in[0])[column] << 16 * i;
      }
      ((u32*)warp.lanes[lane].out)[matrix] = pair;
    }
}

UNSEEN void turn(const Warp& warp) {
  for (int lane = 0; lane < 32; lane++) {
    u32 pair = 0;
    for (int i = 0; i < 2; i++) {
      int row = lane % 4 * 2 + i, column = lane / 4;
      u32 from = *(const u32*)warp.lanes[row * 4 + column / 2].in[0];
      pair |= (column % 2 ? from >> 16 : from & 0xffff) << 16 * i;
    }
    *(u32*)warp.lanes[lane].out = pair;
  }
}

UNSEEN void together(Step step, const void* first, const void* second, void* out) {
  int number = current / 32, lane = current % 32;
  Warp& warp = warps[number];
  if (warp.arrived > 0 && warp.step != step)
    fail(std::string("a lane does ") + Names[(int)step] + " while others do " + Names[(int)warp.step]);
  warp.step = step;
  warp.lanes[lane] = {{first, second}, out};
  if (++warp.arrived < 32) {
    wait(Names[(int)step]);
    return;
  }
  switch (step) {
  case Step::Mma: multiply(warp); break;
  case Step::Load: load(warp, false); break;
  case Step::LoadTransposed: load(warp, true); break;
  case Step::Transpose: turn(warp); break;
  case Step::Shuffle:
    for (int i = 0; i < 32; i++)
      *(float*)warp.lanes[i].out = *(const float*)warp.lanes[i ^ *(const int*)warp.lanes[i].in[1]].in[0];
    break;
  default: break;
  }
  warp.arrived = 0;
  for (int i = 0; i < 32; i++)
    if (i != lane) runnable.add(number * 32 + i);
}

void aligned(const void* at, const char* what) {
  if ((size_t)at % 16 != 0) fail(std::string(what) + " at an address that is no multiple of 16");
}

} // namespace

UNSEEN char* shared() { return memory; }
UNSEEN int thread_index() { return current; }
UNSEEN int block_x() { return x; }
UNSEEN int block_y() { return y; }

UNSEEN void block_barrier() {
  THREADS(__tsan_release(&at_barrier));
  at_barrier.add(current);
  if (at_barrier.count < left)
    wait("block_barrier");
  else {
    for (int i = 0; i < at_barrier.count; i++)
      if (at_barrier.at[i] != current) runnable.add(at_barrier.at[i]);
    at_barrier.count = 0;
  }
  THREADS(__tsan_acquire(&at_barrier));
}

UNSEEN void warp_barrier() {
  THREADS(__tsan_release(&warps[current / 32]));
  together(Step::Barrier, nullptr, nullptr, nullptr);
  THREADS(__tsan_acquire(&warps[current / 32]));
}

void mma(float (&d)[4], const u32 (&a)[4], u32 b0, u32 b1) {
  u32 b[2] = {b0, b1};
  together(Step::Mma, a, b, d);
}
// A lane reads the row that it gives the address of, so that sanitizers see who reads what.
static void check_row(const u16* row) {
  aligned(row, "a matrix row");
  for (int i = 0; i < 8; i++) (void)*(volatile const u16*)(row + i);
  THREADS(__tsan_read16((void*)row));
}
void load_matrices(u32 (&d)[4], const u16* row) {
  check_row(row);
  together(Step::Load, row, nullptr, d);
}
void load_transposed(u32 (&d)[4], const u16* row) {
  check_row(row);
  together(Step::LoadTransposed, row, nullptr, d);
}
u32 transpose(u32 value) {
  u32 d;
  together(Step::Transpose, &value, nullptr, &d);
  return d;
}
float from_lane_xor(float value, int mask) {
  float d;
  together(Step::Shuffle, &value, &mask, &d);
  return d;
}

float power_of_two(float value) { return value < -126 ? 0 : exp2f(value); }
float log_2(float value) { return log2f(value); }
float cosine(float value) { return cosf(value); }
float sine(float value) { return sinf(value); }
u32 pack(float low, float high) {
  auto rounded = [](float value) -> u32 {
    u32 bits = __builtin_bit_cast(u32, value);
    return value != value ? 0x7fff : (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
  };
  return rounded(low) | rounded(high) << 16;
}

void copy_16(void* to, const void* from, bool present) {
  aligned(to, "a copy");
  aligned(from, "a copy");
  Fibre& self = fibres[current];
  int at = 0;
  for (int i = 0; i <= self.groups; i++) at += self.group_sizes[i];
  if (at == MostCopies) fail("more copies at a time than the harness has room for");
  self.copies[at] = {to, from, present};
  self.group_sizes[self.groups]++;
}
void end_copy_group() {
  Fibre& self = fibres[current];
  if (++self.groups == MostGroups) fail("more groups of copies than the harness has room for");
  self.group_sizes[self.groups] = 0;
}
void wait_for_copies(int groups) {
  Fibre& self = fibres[current];
  int finished = self.groups > groups ? self.groups - groups : 0, count = 0, all = 0;
  for (int i = 0; i < finished; i++) count += self.group_sizes[i];
  for (int i = 0; i <= self.groups; i++) all += self.group_sizes[i];
  for (int i = 0; i < count; i++) {
    Copy& copy = self.copies[i];
    if (copy.present)
      memcpy(copy.to, copy.from, 16);
    else
      memset(copy.to, 0, 16);
    THREADS(__tsan_write16(copy.to));
  }
  for (int i = count; i < all; i++) self.copies[i - count] = self.copies[i];
  for (int i = finished; i <= self.groups; i++) self.group_sizes[i - finished] = self.group_sizes[i];
  self.groups -= finished;
}

// Runs a kernel; null, or what is wrong with it.
extern "C" UNSEEN const char* launch(
    void (*function)(const void*), const void* arguments, int grid_x, int grid_y, int block, int bytes, unsigned seed) {
  kernel = function;
  kernel_arguments = arguments;
  threads = block;
  random_state = 0x9e3779b97f4a7c15ull * (seed + 1ull);
  error.clear();
  THREADS(scheduler_sanitizer = __tsan_get_current_fiber());
  while ((int)fibres.size() < threads) {
    Fibre fibre{};
    fibre.stack = mmap(nullptr, StackBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    THREADS(fibre.sanitizer = __tsan_create_fiber(0));
    fibres.push_back(fibre);
  }
  warps.assign(threads / 32, Warp{});
  memory = (char*)aligned_alloc(16, (bytes + 15) / 16 * 16);
  for (y = 0; y < grid_y && error.empty(); y++)
    for (x = 0; x < grid_x && error.empty(); x++) {
      THREADS(__tsan_acquire(&warps));
      memset(memory, 0xff, bytes);
      left = threads;
      runnable.count = 0;
      at_barrier.count = 0;
      for (int i = 0; i < threads; i++) {
        auto top = (void**)((char*)fibres[i].stack + StackBytes) - 2;
        *top = (void*)entry;
        fibres[i].pointer = top - 6;
        fibres[i].done = false;
        fibres[i].groups = fibres[i].group_sizes[0] = 0;
        runnable.add(i);
      }
      THREADS(__tsan_release(&warps));
      while (runnable.count > 0 && error.empty()) {
        int& drawn = runnable.at[next_random() % runnable.count];
        int index = drawn;
        drawn = runnable.at[--runnable.count];
        to_fibre(index);
      }
      if (error.empty() && left > 0)
        for (int i = 0; i < threads && error.empty(); i++)
          if (!fibres[i].done)
            error = "block " + std::to_string(x) + ", " + std::to_string(y) + ": thread " + std::to_string(i) +
                    " waits for ever at " + fibres[i].waits;
    }
  THREADS(__tsan_acquire(&warps));
  free(memory);
  return error.empty() ? nullptr : error.c_str();
}
