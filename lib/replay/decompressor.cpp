#include "lib/replay/decompressor.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <limits>
#include <string>

#include "lib/base/ensure.h"

namespace slotcast::replay {
namespace {

class GzipDecompressor final : public Decompressor {
 public:
  GzipDecompressor() {
    constexpr int kWindowBits = 15 + 16;  // 16: with the header and trailer of gzip
    ENSURE(inflateInit2(&stream_, kWindowBits) == Z_OK);
  }
  ~GzipDecompressor() override { inflateEnd(&stream_); }
  GzipDecompressor(const GzipDecompressor&) = delete;
  GzipDecompressor& operator=(const GzipDecompressor&) = delete;

  Result<Step> run(std::string_view from, std::span<char> into) override {
    constexpr std::size_t kMost = std::numeric_limits<uInt>::max();
    const auto given = static_cast<uInt>(std::min(from.size(), kMost));
    const auto room = static_cast<uInt>(std::min(into.size(), kMost));
    // zlib does not write there; its interface is older than const.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(from.data()));
    stream_.avail_in = given;
    stream_.next_out = reinterpret_cast<Bytef*>(into.data());
    stream_.avail_out = room;
    const int answer = inflate(&stream_, Z_NO_FLUSH);
    const Step step{given - stream_.avail_in, room - stream_.avail_out};
    if (step.taken > 0 || step.made > 0) is_whole_ = answer == Z_STREAM_END;
    if (answer == Z_STREAM_END) {
      ENSURE(inflateReset(&stream_) == Z_OK);
    } else if (answer == Z_MEM_ERROR) {
      return transient("gzip: no memory");
    } else if (answer != Z_OK && answer != Z_BUF_ERROR) {
      return corrupt(std::string("gzip: ") + (stream_.msg == nullptr ? "damaged" : stream_.msg));
    }
    return step;
  }

  bool is_whole() const override { return is_whole_; }

 private:
  z_stream stream_{};
  bool is_whole_ = true;
};

class ZstdDecompressor final : public Decompressor {
 public:
  ZstdDecompressor() : context_(ZSTD_createDCtx(), &ZSTD_freeDCtx) { ENSURE(context_ != nullptr); }

  Result<Step> run(std::string_view from, std::span<char> into) override {
    ZSTD_inBuffer in{from.data(), from.size(), 0};
    ZSTD_outBuffer out{into.data(), into.size(), 0};
    const std::size_t left = ZSTD_decompressStream(context_.get(), &out, &in);
    if (ZSTD_isError(left) != 0) return corrupt(std::string("zstd: ") + ZSTD_getErrorName(left));
    if (in.pos > 0 || out.pos > 0) is_whole_ = left == 0;
    return Step{in.pos, out.pos};
  }

  bool is_whole() const override { return is_whole_; }

 private:
  const std::unique_ptr<ZSTD_DCtx, std::size_t (*)(ZSTD_DCtx*)> context_;
  bool is_whole_ = true;
};

}  // namespace

std::unique_ptr<Decompressor> make_decompressor(Compression compression) {
  switch (compression) {
    case Compression::None:
      return nullptr;
    case Compression::Gzip:
      return std::make_unique<GzipDecompressor>();
    case Compression::Zstd:
      return std::make_unique<ZstdDecompressor>();
  }
  return nullptr;
}

}  // namespace slotcast::replay
