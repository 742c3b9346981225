#pragma once

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

// Needs the integer types before it.
#include <x264.h>

namespace reelroom::x264 {

constexpr int kMacroblock = 16;
constexpr uint32_t kAnything = UINT32_MAX;
constexpr uint32_t kMaxRects = 4096;

/** Nothing goes on after it; the program says why and ends. */
struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

[[noreturn]] inline void fail(const std::string& message) { throw Failure(message); }

/** File descriptors of a session: messages in, access units out, and the canvases. */
struct Files {
  int input;
  int output;
  int memory;
};

inline int number(const char* text, long least, long most, const char* name) {
  char* end = nullptr;
  errno = 0;
  const long value = std::strtol(text, &end, 10);
  if (errno != 0 || *text == '\0' || *end != '\0' || value < least || value > most) {
    fail(std::string(name) + " is not from " + std::to_string(least) + " to " + std::to_string(most));
  }
  return static_cast<int>(value);
}

struct Rect {
  uint16_t x, y, width, height;
};

struct Options {
  int width, height, slots, gop;
  std::string preset;
  bool constant_quality;
  int quality;
  int max_kbit_per_s;
};

inline Options parse(int argc, char** argv) {
  if (argc < 8) fail("usage: reelroom-x264 WIDTH HEIGHT SLOTS GOP PRESET crf CRF MAX_KBIT_PER_S | qp QP");
  Options options{};
  options.width = number(argv[1], 16, 8192, "WIDTH");
  options.height = number(argv[2], 16, 8192, "HEIGHT");
  options.slots = number(argv[3], 1, 16, "SLOTS");
  options.gop = number(argv[4], 1, 3000, "GOP");
  options.preset = argv[5];
  options.constant_quality = std::string(argv[6]) == "crf";
  if (!options.constant_quality && std::string(argv[6]) != "qp") fail("the rate is crf or qp");
  options.quality = number(argv[7], 0, 51, "CRF or QP");
  if (options.constant_quality && argc != 9) fail("crf needs a cap");
  options.max_kbit_per_s = options.constant_quality ? number(argv[8], 100, 200000, "MAX_KBIT_PER_S") : 0;
  if (options.width % 2 != 0 || options.height % 2 != 0) fail("WIDTH and HEIGHT are even");
  return options;
}

inline void log(void*, int level, const char* format, va_list arguments) {
  if (level <= X264_LOG_ERROR) std::vfprintf(stderr, format, arguments);
}

inline x264_t* open_encoder(const Options& options) {
  x264_param_t param;
  if (x264_param_default_preset(&param, options.preset.c_str(), nullptr) < 0) fail("unknown preset " + options.preset);
  param.pf_log = log;
  param.i_log_level = X264_LOG_ERROR;
  param.i_threads = 1;
  param.i_width = options.width;
  param.i_height = options.height;
  param.i_csp = X264_CSP_I420;
  param.i_fps_num = 30;
  param.i_fps_den = 1;
  param.i_timebase_num = 1;
  param.i_timebase_den = 30;
  param.b_vfr_input = 0;
  param.i_bframe = 0;
  param.i_keyint_max = options.gop;
  param.i_keyint_min = options.gop;
  param.i_scenecut_threshold = 0;
  param.b_open_gop = 0;
  // No look-ahead: the n-th access unit comes out with the n-th frame, and memory stays small.
  param.rc.i_lookahead = 0;
  param.i_sync_lookahead = 0;
  param.rc.b_mb_tree = 0;
  // These make it High whatever the preset leaves out.
  param.b_cabac = 1;
  param.analyse.b_transform_8x8 = 1;
  param.analyse.b_mb_info = 1;
  // Without weights, and with the shape of pixels, the parameter sets are those of every preset and encoder.
  param.analyse.i_weighted_pred = X264_WEIGHTP_NONE;
  param.vui.i_sar_width = 1;
  param.vui.i_sar_height = 1;
  param.b_repeat_headers = 1;
  param.b_annexb = 0;
  param.vui.i_colorprim = 1;
  param.vui.i_transfer = 1;
  param.vui.i_colmatrix = 1;
  param.vui.b_fullrange = 0;
  if (options.constant_quality) {
    param.rc.i_rc_method = X264_RC_CRF;
    param.rc.f_rf_constant = static_cast<float>(options.quality);
    param.rc.i_vbv_max_bitrate = options.max_kbit_per_s;
    param.rc.i_vbv_buffer_size = 2 * options.max_kbit_per_s;
  } else {
    param.rc.i_rc_method = X264_RC_CQP;
    param.rc.i_qp_constant = options.quality;
  }
  if (x264_param_apply_profile(&param, "high") < 0) fail("libx264 takes no High profile");
  x264_t* encoder = x264_encoder_open(&param);
  if (encoder == nullptr) fail("libx264 does not open");
  return encoder;
}

/** True where all of it came; false at the end of input between two messages. */
inline bool read_whole(int file, void* target, size_t bytes, bool may_end) {
  auto* at = static_cast<uint8_t*>(target);
  for (size_t got = 0; got < bytes;) {
    const ssize_t count = read(file, at + got, bytes - got);
    if (count > 0) {
      got += static_cast<size_t>(count);
    } else if (count == 0) {
      if (got == 0 && may_end) return false;
      fail("the input ends within a message");
    } else if (errno != EINTR) {
      fail(std::string("reading: ") + std::strerror(errno));
    }
  }
  return true;
}

inline void write_whole(int file, const void* source, size_t bytes) {
  const auto* at = static_cast<const uint8_t*>(source);
  for (size_t put = 0; put < bytes;) {
    const ssize_t count = write(file, at + put, bytes - put);
    if (count > 0) put += static_cast<size_t>(count);
    else if (errno != EINTR) fail(std::string("writing: ") + std::strerror(errno));
  }
}

/** Which macroblocks look as in the frame before. */
class Unchanged {
 public:
  Unchanged(int width, int height)
      : across_((width + kMacroblock - 1) / kMacroblock),
        down_((height + kMacroblock - 1) / kMacroblock),
        flags_(static_cast<size_t>(across_) * down_) {}

  void all(bool unchanged) { std::memset(flags_.data(), unchanged ? X264_MBINFO_CONSTANT : 0, flags_.size()); }

  void changed(const Rect& rect) {
    if (rect.width == 0 || rect.height == 0) return;
    const int right = std::min(across_ - 1, (rect.x + rect.width - 1) / kMacroblock);
    const int bottom = std::min(down_ - 1, (rect.y + rect.height - 1) / kMacroblock);
    for (int y = rect.y / kMacroblock; y <= bottom; y++) {
      for (int x = rect.x / kMacroblock; x <= right; x++) flags_[static_cast<size_t>(y) * across_ + x] = 0;
    }
  }

  uint8_t* data() { return flags_.data(); }

 private:
  int across_, down_;
  std::vector<uint8_t> flags_;
};

inline void deliver(int file, const x264_nal_t* nals, int count, bool keyframe) {
  std::vector<uint8_t> sps, pps, data;
  for (int i = 0; i < count; i++) {
    const uint8_t* from = nals[i].p_payload;
    const uint8_t* to = from + nals[i].i_payload;
    switch (nals[i].i_type) {
      case NAL_SPS: sps.assign(from + 4, to); break;
      case NAL_PPS: pps.assign(from + 4, to); break;
      case NAL_SEI: case NAL_AUD: case NAL_FILLER: break;
      default: data.insert(data.end(), from, to);
    }
  }
  const uint32_t header[] = {static_cast<uint32_t>(data.size()), keyframe ? 1U : 0U, static_cast<uint32_t>(sps.size()),
                             static_cast<uint32_t>(pps.size())};
  std::vector<uint8_t> message(sizeof header);
  std::memcpy(message.data(), header, sizeof header);
  for (const auto* part : {&sps, &pps, &data}) message.insert(message.end(), part->begin(), part->end());
  write_whole(file, message.data(), message.size());
}

class Session {
 public:
  Session(const Options& options, const Files& files)
      : options_(options),
        files_(files),
        canvas_bytes_(static_cast<size_t>(options.width) * options.height * 3 / 2),
        unchanged_(options.width, options.height),
        encoder_(open_encoder(options), x264_encoder_close) {
    const size_t bytes = canvas_bytes_ * options.slots;
    struct stat facts {};
    if (fstat(files.memory, &facts) != 0 || static_cast<size_t>(facts.st_size) < bytes) fail("file descriptor " + std::to_string(files.memory) + " is no memory of that size");
    void* memory = mmap(nullptr, bytes, PROT_READ, MAP_SHARED, files.memory, 0);
    if (memory == MAP_FAILED) fail(std::string("mapping: ") + std::strerror(errno));
    memory_ = static_cast<uint8_t*>(memory);
    mapped_bytes_ = bytes;
    x264_picture_init(&picture_);
    picture_.img.i_csp = X264_CSP_I420;
    picture_.img.i_plane = 3;
    picture_.img.i_stride[0] = options.width;
    picture_.img.i_stride[1] = picture_.img.i_stride[2] = options.width / 2;
    picture_.prop.mb_info = unchanged_.data();
  }

  ~Session() {
    if (memory_ != nullptr) munmap(memory_, mapped_bytes_);
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void run() {
    while (read_frame()) encode(&picture_);
    while (x264_encoder_delayed_frames(encoder_.get()) > 0) encode(nullptr);
  }

 private:
  bool read_frame() {
    uint32_t header[2];
    if (!read_whole(files_.input, header, sizeof header, true)) return false;
    const auto [slot, count] = header;
    if (slot >= static_cast<uint32_t>(options_.slots)) fail("there is no such slot");
    if (count != kAnything && count > kMaxRects) fail("too many rectangles");
    unchanged_.all(count != kAnything);
    for (uint32_t i = 0; count != kAnything && i < count; i++) {
      Rect rect;
      read_whole(files_.input, &rect, sizeof rect, false);
      unchanged_.changed(rect);
    }
    const size_t luma = static_cast<size_t>(options_.width) * options_.height;
    uint8_t* planes = memory_ + canvas_bytes_ * slot;
    picture_.img.plane[0] = planes;
    picture_.img.plane[1] = planes + luma;
    picture_.img.plane[2] = planes + luma + luma / 4;
    picture_.i_pts = next_++;
    return true;
  }

  void encode(x264_picture_t* picture) {
    x264_nal_t* nals = nullptr;
    int count = 0;
    x264_picture_t out;
    const int bytes = x264_encoder_encode(encoder_.get(), &nals, &count, picture, &out);
    if (bytes < 0) fail("libx264 could not encode a frame");
    if (bytes > 0) deliver(files_.output, nals, count, out.b_keyframe != 0);
  }

  const Options options_;
  const Files files_;
  const size_t canvas_bytes_;
  Unchanged unchanged_;
  std::unique_ptr<x264_t, void (*)(x264_t*)> encoder_;
  uint8_t* memory_ = nullptr;
  size_t mapped_bytes_ = 0;
  x264_picture_t picture_{};
  int64_t next_ = 0;
};

}  // namespace reelroom::x264
