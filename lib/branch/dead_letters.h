#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "lib/branch/letter.h"
#include "lib/branch/letter_reader.h"
#include "lib/branch/line_reader.h"
#include "lib/io/file.h"

// The rows that did not get through to one sink, kept until somebody sends them again: a line of
// JSON each (letter.h) in dead_letters/<sink>.jsonl of the state directory.
//
// A letter counts once its batch is committed. settle() drops those of the batch that was not: it
// is built again, perhaps under another configuration, and says anew what fails. Each letter has
// its batch for that.
//
// A person may take lines out of the file while no daemon runs. So nothing goes by its length: what
// is a letter of a committed batch stays, also the last one without the end of its line, which an
// editor may have left out. A crash leaves that only of a batch that was not committed: a batch is
// committed once its letters are durable.
//
// A redrive is one batch of the branch. Its letters lie aside meanwhile, in
// <sink>.redrive-<batch>.jsonl; those that fail again go to the new file. Whether the batch was
// committed decides, also after a crash, which of the two files is thrown away.

namespace slotcast::branch {

// Threads:    the branch's; count() and bytes() any.
// Durability: what was added is durable after sync(), all else when it returns.
// Errors:     Rejected: the file is full. Corrupt: it is damaged, or a sync failed; the latter is
//             final. Those of the disk. After any error settle() has to come next.
class DeadLetters {
 public:
  // A file that eats up the state directory's disk would stop the log of all sinks.
  static constexpr std::uint64_t kBytesMax = std::uint64_t{1} << 30;

  // Reads what is there, and keeps an index of it. Makes nothing: no letters, no file.
  static Result<std::unique_ptr<DeadLetters>> open(io::Directory& state, const std::string& sink,
                                                   std::uint64_t bytes_max = kBytesMax);
  // Puts the files of a sink that is configured no more out of the way of one that will have its
  // name: its batches count from 1 again.
  static Status forget(io::Directory& state, const std::string& sink);

  // Before everything else in a session: of the batches, those up to `batches` are committed. The
  // letters of the next one are dropped, and a redrive that was it is undone.
  Status settle(std::uint64_t batches);

  // Unless the same row is there for the same route and target. Its batch must not be lower than
  // any before it.
  Status add(const Letter& letter);
  Status sync();

  // Takes all letters aside, to be sent in batch `batch`; false when there are none.
  Result<bool> begin_redrive(std::uint64_t batch);
  // The next of them, valid until the next call; nothing behind the last.
  Result<std::optional<Letter>> next();
  // The batch was committed. (settle() undoes one that was not.)
  Status end_redrive();

  // Of those kept, or being sent again and not read yet.
  std::uint64_t count() const { return count_; }
  std::uint64_t bytes() const { return bytes_; }

 private:
  // Of a letter: where its row is in the stream, and who did not get it.
  struct Key {
    ChangeId id;
    std::size_t way = 0;  // a hash of route and target
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const;
  };
  static Key key_of(const Letter& letter);

  // The letters of the newest batch that has some: all that may have to go again.
  struct Newest {
    std::uint64_t batch = 0;
    std::uint64_t offset = 0;
    std::vector<Key> keys;
  };
  struct Damage {
    std::uint64_t offset = 0;
    std::uint64_t lowest_batch_behind = UINT64_MAX;  // of the lines that are whole
  };
  struct Redrive {
    explicit Redrive(std::unique_ptr<io::File> moved) : file(std::move(moved)), lines(*file) {}
    std::string path;
    std::unique_ptr<io::File> file;
    LineReader lines;
    LetterReader reader;
  };

  DeadLetters(io::Directory& state, const std::string& sink, std::uint64_t bytes_max);
  Status load();
  Status index();
  Status cut(std::uint64_t batches);
  Status end_last_line();
  Status settle_redrives(std::uint64_t batches);
  Status flush();
  Status sync_names();
  void note(const Key& key, std::uint64_t batch, std::uint64_t offset);
  void forget_index();
  void show();

  io::Directory& directory_;
  const std::string sink_;
  const std::string path_;
  const std::uint64_t bytes_max_;
  std::unique_ptr<io::File> file_;  // null: there is none
  std::uint64_t written_ = 0;       // bytes of it that count
  sink::Buffer buffer_;             // what comes behind them
  bool lacks_end_ = false;          // of its last line, which counts
  bool is_dirty_ = true;            // file or name may not be durable
  bool is_loaded_ = false;          // the index is of what lies at path_
  bool is_settled_ = false;
  std::unordered_set<Key, KeyHash> keys_;
  Newest newest_;
  std::optional<Damage> damage_;
  std::unique_ptr<Redrive> redrive_;
  std::uint64_t redrive_left_ = 0;   // letters
  std::uint64_t redrive_bytes_ = 0;  // of the file
  std::optional<Error> failure_;     // final
  std::atomic<std::uint64_t> count_{0};
  std::atomic<std::uint64_t> bytes_{0};
};

}  // namespace slotcast::branch
