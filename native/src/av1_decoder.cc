#include "av1_decoder.h"

#include <cerrno>
#include <cstring>

#include "decode_failure.h"

namespace reelroom {

Av1Decoder::~Av1Decoder() { discard(); }

void Av1Decoder::open() {
  Dav1dSettings settings;
  dav1d_default_settings(&settings);
  settings.n_threads = 1;
  settings.max_frame_delay = 1;
  settings.all_layers = 0;
  settings.frame_size_limit = kMaxAreaPx;
  settings.logger.callback = nullptr;
  if (dav1d_open(&context_, &settings) < 0) throw DecodeFailure("dav1d cannot be initialised.");
}

void Av1Decoder::discard() {
  if (picture_.data[0]) dav1d_picture_unref(&picture_);
  picture_ = {};
  if (context_) dav1d_close(&context_);
  context_ = nullptr;
}

void Av1Decoder::send(const uint8_t* data, size_t length) {
  Dav1dData unit{};
  uint8_t* copy = dav1d_data_create(&unit, length);
  if (!copy) throw DecodeFailure("There is no memory for the frame.");
  std::memcpy(copy, data, length);
  while (unit.sz > 0) {
    const int result = dav1d_send_data(context_, &unit);
    if (result < 0 && result != DAV1D_ERR(EAGAIN)) {
      dav1d_data_unref(&unit);
      throw DecodeFailure("The temporal unit is damaged.");
    }
    try {
      receive();
    } catch (const DecodeFailure&) {
      dav1d_data_unref(&unit);
      throw;
    }
  }
}

void Av1Decoder::receive() {
  for (;;) {
    Dav1dPicture next{};
    const int result = dav1d_get_picture(context_, &next);
    if (result == DAV1D_ERR(EAGAIN)) return;
    if (result < 0) throw DecodeFailure("The picture is damaged.");
    if (picture_.data[0]) dav1d_picture_unref(&picture_);
    picture_ = next;
  }
}

std::optional<Image> Av1Decoder::decode(const uint8_t* data, size_t length) {
  try {
    if (length == 0) throw DecodeFailure("The frame is empty.");
    if (picture_.data[0]) dav1d_picture_unref(&picture_);
    picture_ = {};
    if (!context_) {
      Dav1dSequenceHeader header;
      if (dav1d_parse_sequence_header(&header, data, length) != 0) throw DecodeFailure("A keyframe is needed first.");
      open();
    }
    send(data, length);
    if (!picture_.data[0]) return std::nullopt;
    const Dav1dPictureParameters& form = picture_.p;
    if (form.layout != DAV1D_PIXEL_LAYOUT_I420 && form.layout != DAV1D_PIXEL_LAYOUT_I400) {
      throw DecodeFailure("The picture is not of 4:2:0.");
    }
    if (form.w > kMaxSidePx || form.h > kMaxSidePx) throw DecodeFailure("The picture is larger than this decoder takes.");
    const bool grey = form.layout == DAV1D_PIXEL_LAYOUT_I400;
    const auto samples = [&](int plane) {
      const void* from = plane > 0 && grey ? nullptr : picture_.data[plane];
      return Image::Samples{static_cast<const uint8_t*>(from), picture_.stride[plane > 0 ? 1 : 0]};
    };
    return Image{samples(0), samples(1), samples(2), form.w, form.h, form.bpc,
                 {matrix_of(picture_.seq_hdr->mtrx), picture_.seq_hdr->color_range != 0}};
  } catch (const DecodeFailure&) {
    // A fresh context: what dav1d keeps of a damaged unit never meets the next one.
    discard();
    throw;
  }
}

}  // namespace reelroom
