#include "vp9_decoder.h"

#include <vpx/vp8dx.h>

#include <algorithm>
#include <climits>

#include "decode_failure.h"
#include "vpx_frame.h"

namespace reelroom {
namespace {

/** Nine pictures of 4096 by 4096 with libvpx's borders: eight that may be referred to, and the one in the making. */
constexpr size_t kMaxMemoryBytes = size_t{288} << 20;

/** Bits from the highest of each byte on; zeros beyond the end. */
class Bits {
 public:
  Bits(const uint8_t* data, size_t length) : data_(data), length_(length) {}
  unsigned read(int count) {
    unsigned value = 0;
    for (; count > 0; count--, at_++) {
      const uint8_t byte = at_ / 8 < length_ ? data_[at_ / 8] : 0;
      value = value << 1 | (byte >> (7 - at_ % 8) & 1);
    }
    return value;
  }

 private:
  const uint8_t* data_;
  size_t length_;
  size_t at_ = 0;
};

/**
 * VP9 bitstream specification section 6.2: whether this is a keyframe. Throws where its picture is too large:
 * libvpx takes memory for what it knows of each block before it asks for the picture's.
 */
bool checked_keyframe(const uint8_t* data, size_t length) {
  Bits bits(data, length);
  if (length == 0 || bits.read(2) != 2) throw DecodeFailure("The frame has no marker.");
  const unsigned low = bits.read(1);
  const unsigned profile = low + 2 * bits.read(1);
  if (profile == 3) bits.read(1);
  const bool shows_existing = bits.read(1);
  const bool inter = bits.read(1);
  if (shows_existing || inter) return false;
  bits.read(2);
  if (bits.read(24) != 0x498342) throw DecodeFailure("The keyframe has no sync code.");
  if (profile == 1 || profile == 3) throw DecodeFailure("The picture is not of 4:2:0.");
  if (profile >= 2) bits.read(1);
  constexpr unsigned kRgb = 7;
  if (bits.read(3) == kRgb) throw DecodeFailure("The picture is not of 4:2:0.");
  bits.read(1);
  const int width = static_cast<int>(bits.read(16)) + 1;
  const int height = static_cast<int>(bits.read(16)) + 1;
  if (width > kMaxSidePx || height > kMaxSidePx || width * height > kMaxAreaPx) {
    throw DecodeFailure("The picture is larger than this decoder takes.");
  }
  return true;
}

Matrix matrix_of_space(vpx_color_space_t space) {
  return space == VPX_CS_BT_709 || space == VPX_CS_BT_2020 ? Matrix::kBt709 : Matrix::kBt601;
}

}  // namespace

int Vp9Memory::get(void* self, size_t bytes, vpx_codec_frame_buffer_t* buffer) {
  Vp9Memory& memory = *static_cast<Vp9Memory*>(self);
  Block* found = nullptr;
  for (const auto& block : memory.blocks_) {
    if (!block->used && block->bytes >= bytes) found = block.get();
  }
  if (!found) {
    // What is free and too small is of an earlier size.
    std::erase_if(memory.blocks_, [&](const auto& block) {
      if (!block->used) memory.total_ -= block->bytes;
      return !block->used;
    });
    if (bytes > kMaxMemoryBytes - std::min(memory.total_, kMaxMemoryBytes)) return -1;
    // Zeroed: libvpx reads beyond what it has written.
    memory.blocks_.push_back(std::make_unique<Block>(Block{std::make_unique<uint8_t[]>(bytes), bytes, false}));
    found = memory.blocks_.back().get();
    memory.total_ += bytes;
  }
  found->used = true;
  buffer->data = found->data.get();
  buffer->size = found->bytes;
  buffer->priv = found;
  return 0;
}

int Vp9Memory::release(void*, vpx_codec_frame_buffer_t* buffer) {
  if (buffer->priv) static_cast<Block*>(buffer->priv)->used = false;
  buffer->priv = nullptr;
  return 0;
}

Vp9Decoder::~Vp9Decoder() { discard(); }

void Vp9Decoder::open() {
  vpx_codec_dec_cfg_t config{};
  config.threads = 1;
  if (vpx_codec_dec_init(&codec_, vpx_codec_vp9_dx(), &config, 0) != VPX_CODEC_OK) {
    throw DecodeFailure("libvpx cannot be initialised.");
  }
  open_ = true;
  memory_ = std::make_unique<Vp9Memory>();
  if (vpx_codec_set_frame_buffer_functions(&codec_, Vp9Memory::get, Vp9Memory::release, memory_.get()) != VPX_CODEC_OK) {
    throw DecodeFailure("libvpx takes no memory from outside.");
  }
}

void Vp9Decoder::discard() {
  if (open_) vpx_codec_destroy(&codec_);
  open_ = false;
  memory_.reset();
}

std::optional<Image> Vp9Decoder::decode(const uint8_t* data, size_t length) {
  try {
    if (length > INT_MAX) throw DecodeFailure("The frame is too long.");
    const bool keyframe = checked_keyframe(data, length);
    if (!open_ && !keyframe) throw DecodeFailure("A keyframe is needed first.");
    if (!open_) open();
    const vpx_image_t* image = decode_vpx_frame(&codec_, data, length);
    if (!image) return std::nullopt;
    if (image->fmt != VPX_IMG_FMT_I420 && image->fmt != VPX_IMG_FMT_I42016) throw DecodeFailure("The picture is not of 4:2:0.");
    const int width = static_cast<int>(image->d_w);
    const int height = static_cast<int>(image->d_h);
    if (width > kMaxSidePx || height > kMaxSidePx) throw DecodeFailure("The picture is larger than this decoder takes.");
    const auto samples = [&](int plane) { return Image::Samples{image->planes[plane], image->stride[plane]}; };
    return Image{samples(VPX_PLANE_Y), samples(VPX_PLANE_U), samples(VPX_PLANE_V), width, height,
                 image->fmt == VPX_IMG_FMT_I42016 ? static_cast<int>(image->bit_depth) : 8,
                 {matrix_of_space(image->cs), image->range == VPX_CR_FULL_RANGE}};
  } catch (const DecodeFailure&) {
    // A fresh context: what libvpx keeps of a damaged frame never meets the next one.
    discard();
    throw;
  }
}

}  // namespace reelroom
