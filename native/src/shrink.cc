#include "shrink.h"

#include <libyuv.h>

#include <algorithm>
#include <cstring>
#include <vector>

#if defined(__x86_64__)
#include <tmmintrin.h>
#endif

namespace reelroom {

#if defined(__x86_64__)
namespace {

/** Samples of the target made in one step, and those of the source that a step reads: 8 lie within 15 down to a half. */
constexpr int kStep = 8;
constexpr int kReach = 16;

/** For each step where its samples lie in a row, which pairs of them, and each pair's weights in parts of 128. */
struct Step {
  int first;
  alignas(16) uint8_t pairs[kReach];
  alignas(16) uint8_t weights[kReach];
};

/** The place of sample `i`, centres on centres, in parts of 65,536; within the source. */
int place(int i, int target_size, int source_size) {
  const int64_t centre = (2 * int64_t{i} + 1) * source_size * 65536 / (2 * int64_t{target_size}) - 32768;
  return static_cast<int>(std::clamp<int64_t>(centre, 0, int64_t{source_size - 1} * 65536));
}

std::vector<Step> steps_of(int target_width, int source_width) {
  std::vector<Step> steps((target_width + kStep - 1) / kStep);
  for (size_t number = 0; number < steps.size(); number++) {
    Step& step = steps[number];
    const int left = static_cast<int>(number) * kStep;
    step.first = place(left, target_width, source_width) >> 16;
    for (int i = 0; i < kStep; i++) {
      // Beyond the last sample the step repeats it; what comes of it is cut off.
      const int at = place(std::min(left + i, target_width - 1), target_width, source_width);
      const int right = ((at & 65535) + 256) >> 9;
      step.pairs[2 * i] = static_cast<uint8_t>((at >> 16) - step.first);
      step.pairs[2 * i + 1] = static_cast<uint8_t>(step.pairs[2 * i] + 1);
      step.weights[2 * i] = static_cast<uint8_t>(128 - right);
      step.weights[2 * i + 1] = static_cast<uint8_t>(right);
    }
  }
  return steps;
}

/** `row` has kReach samples to spare. */
__attribute__((target("ssse3"))) void shrink_row(uint8_t* to, int width, const uint8_t* row,
                                                 const std::vector<Step>& steps) {
  // pmaddubsw takes one side signed: samples go through it less 128.
  const __m128i sign = _mm_set1_epi8(static_cast<char>(0x80));
  const __m128i half = _mm_set1_epi16(64);
  for (const Step& step : steps) {
    const __m128i samples = _mm_loadu_si128(reinterpret_cast<const __m128i*>(row + step.first));
    const __m128i pairs = _mm_shuffle_epi8(samples, _mm_load_si128(reinterpret_cast<const __m128i*>(step.pairs)));
    const __m128i weights = _mm_load_si128(reinterpret_cast<const __m128i*>(step.weights));
    const __m128i sums = _mm_maddubs_epi16(weights, _mm_xor_si128(pairs, sign));
    const __m128i rounded = _mm_srai_epi16(_mm_add_epi16(sums, half), 7);
    uint8_t made[kReach];
    _mm_storeu_si128(reinterpret_cast<__m128i*>(made), _mm_xor_si128(_mm_packs_epi16(rounded, rounded), sign));
    std::memcpy(to, made, std::min(width, kStep));
    to += kStep;
    width -= kStep;
  }
}

bool is_in_reach(int target_size, int source_size) { return target_size <= source_size && target_size * 2 >= source_size; }

}  // namespace

bool shrink_fast(const Plane& target, const Plane& source) {
  if (target.width == source.width) return false;
  if (!is_in_reach(target.width, source.width) || !is_in_reach(target.height, source.height)) return false;
  if (!__builtin_cpu_supports("ssse3")) return false;
  const std::vector<Step> steps = steps_of(target.width, source.width);
  std::vector<uint8_t> row(source.width + kReach);
  for (int y = 0; y < target.height; y++) {
    const int at = place(y, target.height, source.height);
    const int top = at >> 16;
    const int bottom = std::min(top + 1, source.height - 1);
    libyuv::InterpolatePlane(source.at(0, top), source.stride, source.at(0, bottom), source.stride, row.data(),
                             source.width, source.width, 1, (at >> 8) & 255);
    row[source.width] = row[source.width - 1];
    shrink_row(target.at(0, y), target.width, row.data(), steps);
  }
  return true;
}

#else

bool shrink_fast(const Plane&, const Plane&) { return false; }

#endif

}  // namespace reelroom
