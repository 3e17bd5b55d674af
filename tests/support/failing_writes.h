#pragma once

#include <memory>

#include "lib/io/file.h"

namespace slotcast::test {

// A directory whose disk is full at one chosen write, for so many attempts: half of the bytes
// arrive, then there is no room. Unlike a limit on growth it also strikes where a file's size was
// there before, as with the holes of a sparse file.
class FailingWrites final : public io::Directory {
 public:
  explicit FailingWrites(io::Directory& inner) : inner_(inner) {}

  // The write after `writes` more ones fails, `attempts` times.
  void fail_after(std::size_t writes, std::size_t attempts) {
    plan_->until_failure = writes;
    plan_->attempts = attempts;
  }
  bool has_failed() const { return plan_->attempts == 0; }

  Result<std::unique_ptr<io::File>> open(const std::string& path, io::OpenMode mode) override {
    TRY_ASSIGN(std::unique_ptr<io::File> file, inner_.open(path, mode));
    return std::unique_ptr<io::File>(std::make_unique<File>(std::move(file), plan_));
  }
  Status rename(const std::string& from, const std::string& to, bool replace) override {
    return inner_.rename(from, to, replace);
  }
  Status remove(const std::string& path) override { return inner_.remove(path); }
  Result<bool> exists(const std::string& path) override { return inner_.exists(path); }
  Result<std::vector<io::DirectoryEntry>> list(const std::string& path) override {
    return inner_.list(path);
  }
  Status make(const std::string& path) override { return inner_.make(path); }
  Status sync(const std::string& path) override { return inner_.sync(path); }

 private:
  struct Plan {
    std::size_t until_failure = SIZE_MAX;
    std::size_t attempts = 0;
  };

  class File final : public io::File {
   public:
    File(std::unique_ptr<io::File> inner, std::shared_ptr<Plan> plan)
        : inner_(std::move(inner)), plan_(std::move(plan)) {}

    Status write_at(std::uint64_t offset, Bytes bytes) override {
      if (plan_->until_failure > 0 || plan_->attempts == 0) {
        --plan_->until_failure;
        return inner_->write_at(offset, bytes);
      }
      --plan_->attempts;
      TRY(inner_->write_at(offset, bytes.first(bytes.size() / 2)));
      return transient("no space left on device");
    }
    Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) const override {
      return inner_->read_at(offset, into);
    }
    Status sync() override { return inner_->sync(); }
    Result<std::uint64_t> size() const override { return inner_->size(); }
    Status truncate(std::uint64_t size_bytes) override { return inner_->truncate(size_bytes); }

   private:
    const std::unique_ptr<io::File> inner_;
    const std::shared_ptr<Plan> plan_;
  };

  io::Directory& inner_;
  const std::shared_ptr<Plan> plan_ = std::make_shared<Plan>();
};

}  // namespace slotcast::test
