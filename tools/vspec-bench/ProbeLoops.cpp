#include "ProbeLoops.h"
#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#include <sys/auxv.h>
#endif

namespace vspec {
namespace {

// A value that the compiler must believe to have changed: it can neither leave out a loop nor pull anything out of it. A
// macro, since a function would need the instruction set of its caller.
#if defined(__x86_64__)
#define VSPEC_HIDE(value) __asm__ volatile("" : "+v"(value))
#elif defined(__aarch64__)
#define VSPEC_HIDE(value) __asm__ volatile("" : "+w"(value))
#else
#define VSPEC_HIDE(value) __asm__ volatile("" : "+r"(value))
#endif

#if defined(__x86_64__)

__attribute__((target("avx512f"))) uint64_t read512(const uint8_t *bytes, uint64_t count) {
  __m512i sums[8] = {};
  for (const uint8_t *end = bytes + count; bytes != end; bytes += 512)
    for (int i = 0; i < 8; ++i)
      sums[i] = _mm512_add_epi64(sums[i], _mm512_load_si512(bytes + 64 * i));
  for (int i = 1; i < 8; ++i)
    sums[0] = _mm512_add_epi64(sums[0], sums[i]);
  return uint64_t(_mm512_reduce_add_epi64(sums[0]));
}

__attribute__((target("avx2"))) uint64_t read256(const uint8_t *bytes, uint64_t count) {
  __m256i sums[8] = {};
  for (const uint8_t *end = bytes + count; bytes != end; bytes += 256)
    for (int i = 0; i < 8; ++i)
      sums[i] = _mm256_add_epi64(sums[i], _mm256_load_si256(reinterpret_cast<const __m256i *>(bytes + 32 * i)));
  for (int i = 1; i < 8; ++i)
    sums[0] = _mm256_add_epi64(sums[0], sums[i]);
  return uint64_t(_mm256_extract_epi64(sums[0], 0) + _mm256_extract_epi64(sums[0], 1) + _mm256_extract_epi64(sums[0], 2) +
                  _mm256_extract_epi64(sums[0], 3));
}

constexpr int chains512 = 24, chains256 = 12;

__attribute__((target("avx512f,avx512vnni"))) void vnni512(uint64_t rounds) {
  __m512i sums[chains512] = {}, codes = _mm512_set1_epi8(3), numbers = _mm512_set1_epi8(-5);
  for (uint64_t round = 0; round < rounds; ++round) {
    VSPEC_HIDE(codes);
    for (int i = 0; i < chains512; ++i)
      sums[i] = _mm512_dpbusd_epi32(sums[i], codes, numbers);
  }
  for (int i = 0; i < chains512; ++i)
    VSPEC_HIDE(sums[i]);
}

__attribute__((target("avx2,avxvnni"))) void vnni256(uint64_t rounds) {
  __m256i sums[chains256] = {}, codes = _mm256_set1_epi8(3), numbers = _mm256_set1_epi8(-5);
  for (uint64_t round = 0; round < rounds; ++round) {
    VSPEC_HIDE(codes);
    for (int i = 0; i < chains256; ++i)
      sums[i] = _mm256_dpbusd_avx_epi32(sums[i], codes, numbers);
  }
  for (int i = 0; i < chains256; ++i)
    VSPEC_HIDE(sums[i]);
}

// Three instructions for the work of one vpdpbusd: products and their pairs, sums of four, the chain.
__attribute__((target("avx2"))) void maddubs256(uint64_t rounds) {
  __m256i sums[chains256] = {}, codes = _mm256_set1_epi8(3), numbers = _mm256_set1_epi8(-5), ones = _mm256_set1_epi16(1);
  for (uint64_t round = 0; round < rounds; ++round)
    for (int i = 0; i < chains256; ++i) {
      VSPEC_HIDE(codes);
      sums[i] = _mm256_add_epi32(sums[i], _mm256_madd_epi16(_mm256_maddubs_epi16(codes, numbers), ones));
    }
  for (int i = 0; i < chains256; ++i)
    VSPEC_HIDE(sums[i]);
}

__attribute__((target("avx512f"))) void fma512(uint64_t rounds) {
  __m512 sums[chains512] = {}, x = _mm512_set1_ps(0.5f), y = _mm512_set1_ps(-0.25f);
  for (uint64_t round = 0; round < rounds; ++round) {
    VSPEC_HIDE(x);
    for (int i = 0; i < chains512; ++i)
      sums[i] = _mm512_fmadd_ps(x, y, sums[i]);
  }
  for (int i = 0; i < chains512; ++i)
    VSPEC_HIDE(sums[i]);
}

__attribute__((target("avx2,fma"))) void fma256(uint64_t rounds) {
  __m256 sums[chains256] = {}, x = _mm256_set1_ps(0.5f), y = _mm256_set1_ps(-0.25f);
  for (uint64_t round = 0; round < rounds; ++round) {
    VSPEC_HIDE(x);
    for (int i = 0; i < chains256; ++i)
      sums[i] = _mm256_fmadd_ps(x, y, sums[i]);
  }
  for (int i = 0; i < chains256; ++i)
    VSPEC_HIDE(sums[i]);
}

bool hasAVXVNNI() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a >> 4 & 1) && __builtin_cpu_supports("avx2");
}

#elif defined(__aarch64__)

uint64_t read128(const uint8_t *bytes, uint64_t count) {
  uint64x2_t sums[8] = {};
  for (const uint8_t *end = bytes + count; bytes != end; bytes += 128)
    for (int i = 0; i < 8; ++i)
      sums[i] = vaddq_u64(sums[i], vreinterpretq_u64_u8(vld1q_u8(bytes + 16 * i)));
  for (int i = 1; i < 8; ++i)
    sums[0] = vaddq_u64(sums[0], sums[i]);
  return vaddvq_u64(sums[0]);
}

constexpr int chains128 = 24;

__attribute__((target("dotprod"))) void sdot128(uint64_t rounds) {
  int32x4_t sums[chains128] = {};
  int8x16_t codes = vdupq_n_s8(3), numbers = vdupq_n_s8(-5);
  for (uint64_t round = 0; round < rounds; ++round) {
    VSPEC_HIDE(codes);
    for (int i = 0; i < chains128; ++i)
      sums[i] = vdotq_s32(sums[i], codes, numbers);
  }
  for (int i = 0; i < chains128; ++i)
    VSPEC_HIDE(sums[i]);
}

void fma128(uint64_t rounds) {
  float32x4_t sums[chains128] = {}, x = vdupq_n_f32(0.5f), y = vdupq_n_f32(-0.25f);
  for (uint64_t round = 0; round < rounds; ++round) {
    VSPEC_HIDE(x);
    for (int i = 0; i < chains128; ++i)
      sums[i] = vfmaq_f32(sums[i], x, y);
  }
  for (int i = 0; i < chains128; ++i)
    VSPEC_HIDE(sums[i]);
}

// Without dot products: 8 products of 16 bits, then added in pairs to the chain.
void smull128(uint64_t rounds) {
  int32x4_t sums[chains128] = {};
  int8x8_t codes = vdup_n_s8(3), numbers = vdup_n_s8(-5);
  for (uint64_t round = 0; round < rounds; ++round)
    for (int i = 0; i < chains128; ++i) {
      VSPEC_HIDE(codes);
      sums[i] = vpadalq_s16(sums[i], vmull_s8(codes, numbers));
    }
  for (int i = 0; i < chains128; ++i)
    VSPEC_HIDE(sums[i]);
}

#else

uint64_t readWords(const uint8_t *bytes, uint64_t count) {
  uint64_t sums[8] = {};
  for (const uint8_t *end = bytes + count; bytes != end; bytes += 64)
    for (int i = 0; i < 8; ++i)
      sums[i] += reinterpret_cast<const uint64_t *>(bytes)[i];
  return sums[0] + sums[1] + sums[2] + sums[3] + sums[4] + sums[5] + sums[6] + sums[7];
}

template <typename Number> void multiplyAdd(uint64_t rounds) {
  Number sums[8] = {}, factor = 3;
  for (uint64_t round = 0; round < rounds; ++round) {
    VSPEC_HIDE(factor);
    for (Number &sum : sums)
      sum += factor * Number(-5);
  }
  for (Number &sum : sums)
    VSPEC_HIDE(sum);
}

#endif
} // namespace

ReadLoop readLoop() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f"))
    return {"512-bit loads", read512};
  return {"256-bit loads", read256};
#elif defined(__aarch64__)
  return {"128-bit loads", read128};
#else
  return {"64-bit loads", readWords};
#endif
}

MultiplyLoop int8Loop() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512vnni"))
    return {"vpdpbusd, 512 bits", vnni512, chains512 * 128};
  if (hasAVXVNNI())
    return {"vpdpbusd, 256 bits", vnni256, chains256 * 64};
  return {"vpmaddubsw and vpmaddwd, 256 bits", maddubs256, chains256 * 64};
#elif defined(__aarch64__)
  if (getauxval(AT_HWCAP) & HWCAP_ASIMDDP)
    return {"sdot, 128 bits", sdot128, chains128 * 32};
  return {"smull and sadalp, 128 bits", smull128, chains128 * 16};
#else
  return {"scalar integers", multiplyAdd<int32_t>, 16};
#endif
}

MultiplyLoop f32Loop() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f"))
    return {"vfmadd, 512 bits", fma512, chains512 * 32};
  return {"vfmadd, 256 bits", fma256, chains256 * 16};
#elif defined(__aarch64__)
  return {"fmla, 128 bits", fma128, chains128 * 8};
#else
  return {"scalar floats", multiplyAdd<float>, 16};
#endif
}

} // namespace vspec
