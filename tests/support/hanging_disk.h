#pragma once

#include <condition_variable>
#include <mutex>

#include "tests/support/forwarding_directory.h"

namespace slotcast::test {

// A disk that stops answering: each write, or each sync, waits until it goes on, as with a storage
// network that is away.
class HangingDisk final : public ForwardingDirectory {
 public:
  enum class At { Nothing, Writes, Syncs };
  using ForwardingDirectory::ForwardingDirectory;

  void hang(At at) { gate_->set(at); }
  void go_on() { gate_->set(At::Nothing); }
  // Somebody waits.
  bool is_hanging() const { return gate_->waiting() > 0; }

 private:
  class Gate {
   public:
    void set(At at) {
      const std::lock_guard lock(mutex_);
      at_ = at;
      changed_.notify_all();
    }
    void pass(At what) {
      std::unique_lock lock(mutex_);
      ++waiting_;
      changed_.wait(lock, [&] { return at_ != what; });
      --waiting_;
    }
    int waiting() const {
      const std::lock_guard lock(mutex_);
      return waiting_;
    }

   private:
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    At at_ = At::Nothing;  // guarded by mutex_
    int waiting_ = 0;      // guarded by mutex_
  };

  class File final : public ForwardingFile {
   public:
    File(std::unique_ptr<io::File> inner, std::shared_ptr<Gate> gate)
        : ForwardingFile(std::move(inner)), gate_(std::move(gate)) {}

    Status write_at(std::uint64_t offset, Bytes bytes) override {
      gate_->pass(At::Writes);
      return ForwardingFile::write_at(offset, bytes);
    }
    Status sync() override {
      gate_->pass(At::Syncs);
      return ForwardingFile::sync();
    }

   private:
    const std::shared_ptr<Gate> gate_;
  };

  std::unique_ptr<io::File> wrap(std::unique_ptr<io::File> file) override {
    return std::make_unique<File>(std::move(file), gate_);
  }

  const std::shared_ptr<Gate> gate_ = std::make_shared<Gate>();
};

}  // namespace slotcast::test
