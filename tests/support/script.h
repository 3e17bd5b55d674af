#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lib/base/random.h"
#include "lib/change/lsn.h"

// A server's session in bytes, made up: transactions over a few tables as pgoutput would send them,
// and beside them, written by hand here, the lines they must become.

namespace slotcast::test {

using Message = std::vector<std::byte>;

Message begin_message(Lsn commit_lsn, std::uint32_t xid);
Message commit_message(Lsn commit_lsn, Lsn end_lsn);
// Columns id (the key, int4), v (text), and a nullable text x1, x2, … for each column added since.
Message relation_message(std::uint32_t oid, const std::string& table, std::size_t added = 0);
Message insert_message(std::uint32_t oid, std::uint64_t id, const std::string& text,
                       std::size_t added = 0);

struct ScriptTransaction {
  Lsn commit_lsn;
  Lsn end_lsn;
  std::vector<Message> messages;   // Begin to Commit, Relation messages included
  std::vector<std::string> lines;  // one for each change
};

struct Script {
  Lsn start;
  std::vector<ScriptTransaction> transactions;
  std::uint32_t first_oid = 16384;
  std::size_t tables = 3;

  Lsn end() const { return transactions.back().end_lsn; }
};

// `text_bytes_max` bounds the text column; large ones make records that fill blocks of their own.
Script make_script(std::size_t transactions, std::size_t rows_max, std::size_t text_bytes_max,
                   Random& random);

}  // namespace slotcast::test
