#include <cmath>
#include <cstdlib>

#include "../src/decode_failure.h"
#include "../src/opus_stereo_decoder.h"
#include "frames.h"

using reelroom::OpusStereoDecoder;

/** Packets are decoded, or lost and made up for with the help of the next one. */
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t length) {
  OpusStereoDecoder decoder;
  reelroom::fuzz::each_frame(data, length, [&](const reelroom::fuzz::Guarded& packet) {
    const auto check = [](const std::vector<float>& samples) {
      if (samples.size() > OpusStereoDecoder::kMaxConcealFrames * 2) std::abort();
      for (const float sample : samples) {
        if (!std::isfinite(sample)) std::abort();
      }
    };
    try {
      const bool lost = packet.size() > 0 && packet.data()[0] % 8 == 7;
      if (lost) check(decoder.conceal(1 + packet.size() * 37 % OpusStereoDecoder::kMaxConcealFrames, packet.data(), packet.size()));
      else check(decoder.decode(packet.data(), packet.size()));
    } catch (const reelroom::DecodeFailure&) {
    }
  });
  return 0;
}
