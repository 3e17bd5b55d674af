#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

// Bytes in and out of foreign and durable formats. Our own formats are little-endian, PostgreSQL's
// messages are big-endian; both are explicit here, and a Reader never reads past its end.

namespace slotcast {

using Bytes = std::span<const std::byte>;

inline Bytes as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}
inline std::string_view as_text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

namespace detail {
template <class T>
T byteswap(T value) {
  if constexpr (sizeof(T) == 1) return value;
  if constexpr (sizeof(T) == 2) return static_cast<T>(__builtin_bswap16(value));
  if constexpr (sizeof(T) == 4) return static_cast<T>(__builtin_bswap32(value));
  if constexpr (sizeof(T) == 8) return static_cast<T>(__builtin_bswap64(value));
}
}  // namespace detail

template <class T>
T load_le(const std::byte* at) {
  static_assert(std::is_unsigned_v<T>);
  T value;
  std::memcpy(&value, at, sizeof value);
  return std::endian::native == std::endian::little ? value : detail::byteswap(value);
}
template <class T>
T load_be(const std::byte* at) {
  static_assert(std::is_unsigned_v<T>);
  T value;
  std::memcpy(&value, at, sizeof value);
  return std::endian::native == std::endian::big ? value : detail::byteswap(value);
}
template <class T>
void store_le(std::byte* at, T value) {
  static_assert(std::is_unsigned_v<T>);
  if constexpr (std::endian::native != std::endian::little) value = detail::byteswap(value);
  std::memcpy(at, &value, sizeof value);
}
template <class T>
void store_be(std::byte* at, T value) {
  static_assert(std::is_unsigned_v<T>);
  if constexpr (std::endian::native != std::endian::big) value = detail::byteswap(value);
  std::memcpy(at, &value, sizeof value);
}

// Appends to a growing buffer in our own (little-endian) formats.
class ByteWriter {
 public:
  explicit ByteWriter(std::vector<std::byte>& out) : out_(out) {}

  template <class T>
  ByteWriter& put(T value) {
    const std::size_t at = out_.size();
    out_.resize(at + sizeof value);
    store_le(out_.data() + at, value);
    return *this;
  }
  ByteWriter& put_bytes(Bytes bytes) {
    out_.insert(out_.end(), bytes.begin(), bytes.end());
    return *this;
  }
  // A length (u32) and the bytes themselves.
  ByteWriter& put_text(std::string_view text) {
    put(static_cast<std::uint32_t>(text.size()));
    return put_bytes(as_bytes(text));
  }

 private:
  std::vector<std::byte>& out_;
};

// Walks foreign bytes. Every read is checked; after the first one that does not fit ok() is false,
// and all later reads give zero or nothing, so a parser may check once at its end.
class ByteReader {
 public:
  explicit ByteReader(Bytes bytes) : bytes_(bytes) {}

  bool ok() const { return ok_; }
  std::size_t remaining() const { return bytes_.size(); }
  const std::byte* position() const { return bytes_.data(); }

  template <class T>
  T le() {
    const Bytes raw = take(sizeof(T));
    return ok_ ? load_le<T>(raw.data()) : T{};
  }
  template <class T>
  T be() {
    const Bytes raw = take(sizeof(T));
    return ok_ ? load_be<T>(raw.data()) : T{};
  }
  Bytes take(std::size_t count) {
    if (count > bytes_.size() || !ok_) {
      ok_ = false;
      return {};
    }
    const Bytes taken = bytes_.first(count);
    bytes_ = bytes_.subspan(count);
    return taken;
  }
  // As ByteWriter::put_text writes it.
  std::string_view text() { return as_text(take(le<std::uint32_t>())); }
  // Up to a NUL, which is consumed and not returned: a String of PostgreSQL's protocol.
  std::string_view c_string() {
    const void* nul = bytes_.empty() ? nullptr : std::memchr(bytes_.data(), 0, bytes_.size());
    if (nul == nullptr || !ok_) {
      ok_ = false;
      return {};
    }
    const auto length =
        static_cast<std::size_t>(static_cast<const std::byte*>(nul) - bytes_.data());
    const std::string_view text = as_text(take(length));
    take(1);
    return text;
  }

 private:
  Bytes bytes_;
  bool ok_ = true;
};

}  // namespace slotcast
