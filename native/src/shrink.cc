#include "shrink.h"

#include <libyuv.h>

#include <algorithm>
#include <cstring>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace reelroom {

#if defined(__x86_64__)
namespace {

/** Samples of the target made in one step, and those of the source that a step reads: 8 lie within 15 down to a half. */
constexpr int kStep = 8;
constexpr int kReach = 16;

/** Steps come in twos, which AVX2 takes at once. */
constexpr int kAtOnce = 2;

/** For each step where its samples lie in a row, which pairs of them, and each pair's weights in parts of 128. */
struct Steps {
  std::vector<int> first;
  std::vector<uint8_t> pairs;
  std::vector<uint8_t> weights;
};

/** The place of sample `i`, centres on centres, in parts of 65,536; within the source. */
int place(int i, int target_size, int source_size) {
  const int64_t centre = (2 * int64_t{i} + 1) * source_size * 65536 / (2 * int64_t{target_size}) - 32768;
  return static_cast<int>(std::clamp<int64_t>(centre, 0, int64_t{source_size - 1} * 65536));
}

Steps steps_of(int target_width, int source_width) {
  const size_t count = (target_width + kAtOnce * kStep - 1) / (kAtOnce * kStep) * kAtOnce;
  Steps steps{std::vector<int>(count), std::vector<uint8_t>(count * kReach), std::vector<uint8_t>(count * kReach)};
  for (size_t number = 0; number < count; number++) {
    // Beyond the last sample a step repeats it; what comes of it is cut off.
    const auto at = [&](int i) {
      return place(std::min(static_cast<int>(number) * kStep + i, target_width - 1), target_width, source_width);
    };
    const int first = steps.first[number] = at(0) >> 16;
    for (int i = 0; i < kStep; i++) {
      const size_t pair = number * kReach + 2 * i;
      const int right = ((at(i) & 65535) + 256) >> 9;
      steps.pairs[pair] = static_cast<uint8_t>((at(i) >> 16) - first);
      steps.pairs[pair + 1] = static_cast<uint8_t>(steps.pairs[pair] + 1);
      steps.weights[pair] = static_cast<uint8_t>(128 - right);
      steps.weights[pair + 1] = static_cast<uint8_t>(right);
    }
  }
  return steps;
}

// pmaddubsw takes one side signed: samples go through it less 128.
constexpr char kSign = static_cast<char>(0x80);

__attribute__((target("ssse3"))) inline __m128i step_of(const uint8_t* samples, const uint8_t* pairs,
                                                        const uint8_t* weights) {
  const __m128i sign = _mm_set1_epi8(kSign);
  const __m128i two = _mm_shuffle_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(samples)),
                                       _mm_loadu_si128(reinterpret_cast<const __m128i*>(pairs)));
  const __m128i sums =
      _mm_maddubs_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(weights)), _mm_xor_si128(two, sign));
  const __m128i rounded = _mm_srai_epi16(_mm_add_epi16(sums, _mm_set1_epi16(64)), 7);
  return _mm_xor_si128(_mm_packs_epi16(rounded, rounded), sign);
}

/** Makes kAtOnce steps from the one `number` on. `row` has kReach samples to spare. */
__attribute__((target("ssse3"))) inline void make_ssse3(uint8_t* to, const uint8_t* row, const Steps& steps,
                                                        size_t number) {
  for (size_t i = number; i < number + kAtOnce; i++) {
    const __m128i made = step_of(row + steps.first[i], &steps.pairs[i * kReach], &steps.weights[i * kReach]);
    _mm_storel_epi64(reinterpret_cast<__m128i*>(to + (i - number) * kStep), made);
  }
}

/** The same by half the instructions. */
__attribute__((target("avx2"))) inline void make_avx2(uint8_t* to, const uint8_t* row, const Steps& steps,
                                                      size_t number) {
  const __m256i sign = _mm256_set1_epi8(kSign);
  const auto* left = reinterpret_cast<const __m128i*>(row + steps.first[number]);
  const auto* right = reinterpret_cast<const __m128i*>(row + steps.first[number + 1]);
  const __m256i samples = _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128(left)), _mm_loadu_si128(right), 1);
  const __m256i pairs = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(&steps.pairs[number * kReach]));
  const __m256i weights = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(&steps.weights[number * kReach]));
  const __m256i sums = _mm256_maddubs_epi16(weights, _mm256_xor_si256(_mm256_shuffle_epi8(samples, pairs), sign));
  const __m256i rounded = _mm256_srai_epi16(_mm256_add_epi16(sums, _mm256_set1_epi16(64)), 7);
  const __m256i packed = _mm256_xor_si256(_mm256_packs_epi16(rounded, rounded), sign);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm256_castsi256_si128(_mm256_permute4x64_epi64(packed, 0x08)));
}

constexpr int kMade = kAtOnce * kStep;

// One loop for each, as only there the compiler can put the step into it.
__attribute__((target("ssse3"))) size_t whole_steps_ssse3(uint8_t* to, int width, const uint8_t* row, const Steps& steps) {
  size_t number = 0;
  for (; width >= kMade; width -= kMade, to += kMade, number += kAtOnce) make_ssse3(to, row, steps, number);
  return number;
}

__attribute__((target("avx2"))) size_t whole_steps_avx2(uint8_t* to, int width, const uint8_t* row, const Steps& steps) {
  size_t number = 0;
  for (; width >= kMade; width -= kMade, to += kMade, number += kAtOnce) make_avx2(to, row, steps, number);
  return number;
}

void shrink_row(uint8_t* to, int width, const uint8_t* row, const Steps& steps, bool avx2) {
  const size_t number = avx2 ? whole_steps_avx2(to, width, row, steps) : whole_steps_ssse3(to, width, row, steps);
  const int made = static_cast<int>(number) * kStep;
  if (made == width) return;
  uint8_t last[kMade];
  make_ssse3(last, row, steps, number);
  std::memcpy(to + made, last, width - made);
}

bool is_in_reach(int target_size, int source_size) { return target_size <= source_size && target_size * 2 >= source_size; }

}  // namespace

bool shrink_fast(const Plane& target, const Plane& source) {
  if (target.width == source.width) return false;
  if (!is_in_reach(target.width, source.width) || !is_in_reach(target.height, source.height)) return false;
  if (!__builtin_cpu_supports("ssse3")) return false;
  const Steps steps = steps_of(target.width, source.width);
  const bool avx2 = __builtin_cpu_supports("avx2");
  std::vector<uint8_t> row(source.width + kReach);
  for (int y = 0; y < target.height; y++) {
    const int at = place(y, target.height, source.height);
    const int top = at >> 16;
    const int bottom = std::min(top + 1, source.height - 1);
    libyuv::InterpolatePlane(source.at(0, top), source.stride, source.at(0, bottom), source.stride, row.data(),
                             source.width, source.width, 1, (at >> 8) & 255);
    row[source.width] = row[source.width - 1];
    shrink_row(target.at(0, y), target.width, row.data(), steps, avx2);
  }
  return true;
}

#else

bool shrink_fast(const Plane&, const Plane&) { return false; }

#endif

}  // namespace reelroom
