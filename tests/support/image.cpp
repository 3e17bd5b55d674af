#include "tests/support/image.h"

#include "lib/base/ensure.h"

namespace slotcast::test {

void Image::flip(const std::string& path, std::uint64_t offset, int bit) {
  PageBytes& file = files.at(path);
  std::byte value{};
  ENSURE(file.read(offset, {&value, 1}) == 1);
  value ^= std::byte{1} << bit;
  file.write(offset, {&value, 1});
}

void Image::truncate(const std::string& path, std::uint64_t size_bytes) {
  files.at(path).resize(size_bytes);
}

}  // namespace slotcast::test
