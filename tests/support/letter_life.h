#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "lib/branch/dead_letters.h"
#include "lib/journal/journal.h"
#include "tests/support/changes.h"
#include "tests/support/power_disk.h"

namespace slotcast::test {

// Letters of rows that are numbers: row 7 is ordinal 7 of one transaction.
class TestLetters {
 public:
  branch::Letter letter(std::uint64_t batch, int row);

  std::string target = "t";

 private:
  Relation relation_ = make_relation("public", "t", {{"id"}, {"v"}});
  Changes changes_;
  std::map<int, Change> rows_;
};

// The far side of a LetterLife: it survives its crashes.
struct LetterSide {
  std::map<std::string, std::vector<int>> prepared;  // rows, by token
  std::map<std::string, std::vector<int>> committed;
};

// Batches of rows as a branch takes them, some of which fail, and redrives of those; without a log:
// the rows are 1, 2, 3 and so on. It gives up batches on the way, as a branch does whose sink has
// an error.
class LetterLife {
 public:
  LetterLife(PowerDisk& disk, std::uint64_t seed, LetterSide side);

  // Each gives the reason why it did not go well, if it did not.
  std::optional<std::string> recover();
  std::optional<std::string> run(int batches);
  std::optional<std::string> send_all_again();

  // What a cut after so many calls leaves of the far side.
  LetterSide far_side_after(std::size_t calls, Random& random) const;

 private:
  Status session();
  Status recover_intent();
  Status batch();
  Status redrive(bool may_fail);
  Status finish(std::vector<int> rows, int after, bool is_redrive);
  std::string prepare(std::vector<int> rows);
  void commit(const std::string& token);
  std::optional<std::string> check() const;
  std::optional<std::string> lives_on(const Status& status) const;

  PowerDisk& disk_;
  SeededRandom random_;
  LetterSide side_;
  TestLetters letters_of_;
  std::unique_ptr<journal::Journal> journal_;
  std::unique_ptr<branch::DeadLetters> letters_;
  std::uint64_t batches_ = 0;
  int next_row_ = 1;
  // How the far side stood after so many calls.
  std::vector<std::pair<std::size_t, LetterSide>> history_;
};

}  // namespace slotcast::test
