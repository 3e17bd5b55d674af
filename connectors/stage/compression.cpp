#include "connectors/stage/compression.h"

#include <zlib.h>
#include <zstd.h>

#include "lib/base/ensure.h"

namespace slotcast::stage {
namespace {

// Rows are so much alike that higher levels gain little and cost several times as much.
constexpr int kGzipLevel = 4;
constexpr int kZstdLevel = 1;

class GzipCompressor final : public Compressor {
 public:
  GzipCompressor() {
    constexpr int kWindowBits = 15 + 16;  // 16: with the header and trailer of gzip
    constexpr int kMemoryLevel = 8;
    ENSURE(deflateInit2(&stream_, kGzipLevel, Z_DEFLATED, kWindowBits, kMemoryLevel,
                        Z_DEFAULT_STRATEGY) == Z_OK);
  }
  ~GzipCompressor() override { deflateEnd(&stream_); }
  GzipCompressor(const GzipCompressor&) = delete;
  GzipCompressor& operator=(const GzipCompressor&) = delete;

  Status compress(std::string_view plain, sink::Buffer& out) override {
    ENSURE(deflateReset(&stream_) == Z_OK);
    const uLong room = deflateBound(&stream_, static_cast<uLong>(plain.size()));
    char* at = out.reserve(room);
    // zlib does not write there; its interface is older than const.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
    stream_.avail_in = static_cast<uInt>(plain.size());
    stream_.next_out = reinterpret_cast<Bytef*>(at);
    stream_.avail_out = static_cast<uInt>(room);
    ENSURE(deflate(&stream_, Z_FINISH) == Z_STREAM_END);
    out.advance(at + (room - stream_.avail_out));
    return {};
  }

 private:
  z_stream stream_{};
};

class ZstdCompressor final : public Compressor {
 public:
  ZstdCompressor() : context_(ZSTD_createCCtx(), &ZSTD_freeCCtx) {
    ENSURE(context_ != nullptr);
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, kZstdLevel);
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1);
  }

  Status compress(std::string_view plain, sink::Buffer& out) override {
    const std::size_t room = ZSTD_compressBound(plain.size());
    char* at = out.reserve(room);
    const std::size_t size = ZSTD_compress2(context_.get(), at, room, plain.data(), plain.size());
    if (ZSTD_isError(size) != 0) {
      return transient(std::string("zstd: ") + ZSTD_getErrorName(size));  // memory
    }
    out.advance(at + size);
    return {};
  }

 private:
  const std::unique_ptr<ZSTD_CCtx, std::size_t (*)(ZSTD_CCtx*)> context_;
};

struct Suffix {
  const char* text;
  Compression compression;
};

}  // namespace

Result<std::string> with_suffix(const std::string& pattern, Compression compression) {
  constexpr Suffix kOurs[] = {{".gz", Compression::Gzip}, {".zst", Compression::Zstd}};
  constexpr const char* kOthers[] = {".bz2", ".xz", ".lz4",  ".zip",  ".snappy", ".br",
                                     ".Z",   ".GZ", ".gzip", ".zstd", ".tgz",    ".ZST"};
  const auto refused = [&](const char* suffix) {
    return invalid("pattern \"" + pattern + "\" ends in " + suffix + ", but compress is " +
                   name_of(compression));
  };
  for (const char* suffix : kOthers) {
    if (pattern.ends_with(suffix)) return refused(suffix);
  }
  const char* own = "";
  for (const Suffix& suffix : kOurs) {
    if (suffix.compression == compression) own = suffix.text;
    if (!pattern.ends_with(suffix.text)) continue;
    if (suffix.compression != compression) return refused(suffix.text);
    return pattern;
  }
  return pattern + own;
}

std::unique_ptr<Compressor> make_compressor(Compression compression) {
  switch (compression) {
    case Compression::None:
      return nullptr;
    case Compression::Gzip:
      return std::make_unique<GzipCompressor>();
    case Compression::Zstd:
      return std::make_unique<ZstdCompressor>();
  }
  return nullptr;
}

}  // namespace slotcast::stage
