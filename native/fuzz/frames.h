#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

/** What the harnesses share. They are built with -fsanitize=fuzzer,address,undefined (scripts/fuzz.mjs), and never part of the addon. */
namespace reelroom::fuzz {

/**
 * Memory whose last byte lies before a page that nobody may touch: libraries are not built with the sanitizer, and what
 * they read or write beyond it ends the program all the same.
 */
class Guarded {
 public:
  explicit Guarded(size_t size) : size_(size) {
    constexpr size_t kPage = 4096;
    mapped_ = (size + kPage - 1) / kPage * kPage + kPage;
    void* memory = mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) std::abort();
    start_ = static_cast<uint8_t*>(memory);
    if (mprotect(start_ + mapped_ - kPage, kPage, PROT_NONE) != 0) std::abort();
    data_ = start_ + mapped_ - kPage - size;
  }
  ~Guarded() {
    if (start_ != nullptr) munmap(start_, mapped_);
  }
  Guarded(Guarded&& other) noexcept : size_(other.size_), mapped_(other.mapped_), start_(other.start_), data_(other.data_) {
    other.start_ = nullptr;
  }
  Guarded& operator=(Guarded&&) = delete;

  uint8_t* data() const { return data_; }
  size_t size() const { return size_; }

 private:
  size_t size_;
  size_t mapped_;
  uint8_t* start_;
  uint8_t* data_;
};

/** Bytes of an input, from the first on; zeros beyond the end. */
class Input {
 public:
  Input(const uint8_t* data, size_t length) : data_(data), left_(length) {}

  size_t left() const { return left_; }

  uint32_t number(uint32_t below) {
    uint32_t value = 0;
    for (int i = 0; i < 2 && left_ > 0; i++, data_++, left_--) value = value << 8 | *data_;
    return value % below;
  }

  /** A copy; fewer where fewer are left. */
  Guarded bytes(size_t count) {
    if (count > left_) count = left_;
    Guarded taken(count);
    std::memcpy(taken.data(), data_, count);
    data_ += count;
    left_ -= count;
    return taken;
  }

 private:
  const uint8_t* data_;
  size_t left_;
};

/** The frames of an input: each behind its length in two bytes, as test/support/fuzz-seeds.ts writes them. At most 32. */
template <typename Take>
void each_frame(const uint8_t* data, size_t length, Take take) {
  Input input(data, length);
  for (int count = 0; count < 32 && input.left() > 2; count++) take(input.bytes(input.number(65536)));
}

}  // namespace reelroom::fuzz
