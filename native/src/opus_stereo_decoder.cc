#include "opus_stereo_decoder.h"

#include <algorithm>

#include "decode_failure.h"

namespace reelroom {
namespace {

constexpr int kRateHz = 48000;
constexpr int kChannels = 2;
/** libopus conceals in steps of 2.5 ms. */
constexpr int kConcealStepFrames = 120;

}  // namespace

OpusStereoDecoder::OpusStereoDecoder() {
  int error = OPUS_OK;
  decoder_.reset(opus_decoder_create(kRateHz, kChannels, &error));
  if (error != OPUS_OK) throw DecodeFailure(opus_strerror(error));
}

const std::vector<float>& OpusStereoDecoder::decode(const uint8_t* packet, size_t length) {
  // libopus takes an empty packet as a loss; here a loss is what `conceal` is for.
  if (length == 0) throw DecodeFailure("The packet is empty.");
  samples_.resize(kMaxPacketFrames * kChannels);
  const int frames = opus_decode_float(decoder_.get(), packet, static_cast<opus_int32>(length), samples_.data(),
                                       kMaxPacketFrames, 0);
  if (frames < 0) throw DecodeFailure(opus_strerror(frames));
  samples_.resize(static_cast<size_t>(frames) * kChannels);
  return samples_;
}

const std::vector<float>& OpusStereoDecoder::conceal(int frames, const uint8_t* next, size_t next_length) {
  const int rounded = (frames + kConcealStepFrames - 1) / kConcealStepFrames * kConcealStepFrames;
  samples_.assign(static_cast<size_t>(rounded) * kChannels, 0.0f);
  for (int done = 0; done < rounded;) {
    const int count = std::min(rounded - done, kMaxPacketFrames);
    float* target = samples_.data() + static_cast<size_t>(done) * kChannels;
    // The redundancy in `next` describes the frames right before it: the last ones of the loss.
    const bool last = done + count == rounded;
    const bool restored = last && next != nullptr && next_length > 0 &&
                          opus_decode_float(decoder_.get(), next, static_cast<opus_int32>(next_length), target,
                                            count, 1) == count;
    if (!restored) {
      const int made = opus_decode_float(decoder_.get(), nullptr, 0, target, count, 0);
      if (made < 0) throw DecodeFailure(opus_strerror(made));
    }
    done += count;
  }
  samples_.resize(static_cast<size_t>(frames) * kChannels);
  return samples_;
}

}  // namespace reelroom
