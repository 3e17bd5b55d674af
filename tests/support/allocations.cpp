#include "tests/support/allocations.h"

#include <cstdlib>
#include <new>

namespace {

thread_local std::uint64_t count = 0;

}  // namespace

namespace slotcast::test {

std::uint64_t allocations() {
  return count;
}

}  // namespace slotcast::test

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)

// The sanitizers have an allocator of their own, which tells who asks. Replacing its operator new
// would blind it. Debian's GCC has the function but not its header,
// sanitizer/allocator_interface.h.
extern "C" int __sanitizer_install_malloc_and_free_hooks(void (*on_malloc)(const volatile void*,
                                                                           std::size_t),
                                                         void (*on_free)(const volatile void*));

namespace {

void count_one(const volatile void*, std::size_t) {
  ++count;
}
void ignore(const volatile void*) {}

[[maybe_unused]] const int kInstalled =
    __sanitizer_install_malloc_and_free_hooks(&count_one, &ignore);

}  // namespace

#else

// All other forms of new and delete but the aligned ones end in these.
void* operator new(std::size_t size) {
  ++count;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

#endif
