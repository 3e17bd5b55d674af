#pragma once

#include "tests/support/forwarding_directory.h"

namespace slotcast::test {

// A directory whose disk is full at one chosen write, for so many attempts: half of the bytes
// arrive, then there is no room. Unlike a limit on growth it also strikes where a file's size was
// there before, as with the holes of a sparse file.
class FailingWrites final : public ForwardingDirectory {
 public:
  using ForwardingDirectory::ForwardingDirectory;

  // The write after `writes` more ones fails, `attempts` times.
  void fail_after(std::size_t writes, std::size_t attempts) {
    plan_->until_failure = writes;
    plan_->attempts = attempts;
  }
  bool has_failed() const { return plan_->attempts == 0; }

 private:
  struct Plan {
    std::size_t until_failure = SIZE_MAX;
    std::size_t attempts = 0;
  };

  class File final : public ForwardingFile {
   public:
    File(std::unique_ptr<io::File> inner, std::shared_ptr<Plan> plan)
        : ForwardingFile(std::move(inner)), plan_(std::move(plan)) {}

    Status write_at(std::uint64_t offset, Bytes bytes) override {
      if (plan_->until_failure > 0 || plan_->attempts == 0) {
        --plan_->until_failure;
        return ForwardingFile::write_at(offset, bytes);
      }
      --plan_->attempts;
      TRY(ForwardingFile::write_at(offset, bytes.first(bytes.size() / 2)));
      return transient("no space left on device");
    }

   private:
    const std::shared_ptr<Plan> plan_;
  };

  std::unique_ptr<io::File> wrap(std::unique_ptr<io::File> file) override {
    return std::make_unique<File>(std::move(file), plan_);
  }

  const std::shared_ptr<Plan> plan_ = std::make_shared<Plan>();
};

}  // namespace slotcast::test
