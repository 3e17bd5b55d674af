#pragma once

#include <functional>
#include <memory>
#include <string>

#include "connectors/stage/token.h"
#include "lib/base/bytes.h"
#include "lib/base/result.h"
#include "lib/sink/environment.h"

// Where a stage's files lie: a directory, a bucket. The sink decides what is in them and what they
// are called; a place makes them visible whole, and writes down that they are.

namespace slotcast::stage {

// What a sink's own things are called among those of others in the same place.
std::string owner_of(const sink::Environment& environment);

// A name for one more file, relative to the stage, that is free and that no other file of the batch
// has.
using Namer = std::function<Result<std::string>()>;

// A file of the open batch. Nobody sees it under its name before the batch is committed.
class UnfinishedFile {
 public:
  virtual ~UnfinishedFile() = default;

  // Takes the next bytes; memory does not grow with the file.
  virtual Status write(Bytes bytes) = 0;
  // Lets go of descriptors and the like; write() takes them up again.
  virtual Status release() = 0;

  struct Finished {
    std::string handle;  // what commit needs to find it, without tabs and line breaks
    std::string path;    // the name it will have
  };
  // All of it survives a crash of either side, but perhaps for the entry that Place::prepare()
  // makes durable. Nothing is written after it.
  virtual Result<Finished> finish() = 0;
  // It never was.
  virtual Status discard() = 0;
};

// Threads:    one call at a time, all from the branch's thread.
// Durability: what a call makes survives once it returned.
// Errors:     as those of sink::Sink: Transient is worth trying again.
class Place {
 public:
  virtual ~Place() = default;

  // Takes hold of the place. Harmless when it is open.
  virtual Status open() = 0;

  virtual Result<bool> exists(const std::string& path) = 0;
  // A small file that is the same whoever writes it, and however often.
  virtual Status keep(const std::string& path, std::string_view contents) = 0;

  // `namer` is called once: when the file is begun or when it is finished, as the place needs it.
  virtual Result<std::unique_ptr<UnfinishedFile>> create(Namer namer) = 0;
  // Asked after each write: a file that has to be finished now, since unfinished ones hold too much
  // memory; its rows go on in another one. Null: none.
  virtual Result<UnfinishedFile*> make_room() { return nullptr; }
  // When all files of the batch are finished: what commit has to know of the place besides, without
  // tabs and line breaks. `batch` is a name that no other batch has.
  virtual Result<std::string> prepare(const std::string& batch) = 0;
  // Makes the files visible, then adds their lines to the manifest, each once. Calling it again,
  // also in a later process, does no harm: files that are visible stay as they are, and one that
  // somebody has taken away meanwhile is not missed.
  virtual Status commit(const PreparedBatch& batch) = 0;

  // Removes all unfinished files, of this process and of earlier ones.
  virtual Status clear() = 0;
  virtual void close() = 0;
};

}  // namespace slotcast::stage
