#include "tests/support/script.h"

#include "tests/support/message_builder.h"

namespace slotcast::test {
namespace {

// Of all transactions: 2026-11-21 07:00:00 UTC in microseconds since 2000.
constexpr std::uint64_t kTime = 848559600000000ull;
constexpr const char* kTimeText = "2026-11-21T07:00:00.000000Z";

}  // namespace

Message begin_message(Lsn commit_lsn, std::uint32_t xid) {
  return MessageBuilder('B').put(commit_lsn.value).put(kTime).put(xid).take();
}

Message commit_message(Lsn commit_lsn, Lsn end_lsn) {
  return MessageBuilder('C')
      .put(std::uint8_t{0})
      .put(commit_lsn.value)
      .put(end_lsn.value)
      .put(kTime)
      .take();
}

Message relation_message(std::uint32_t oid, const std::string& table, std::size_t added) {
  MessageBuilder message('R');
  message.put(oid).name("public").name(table).put(std::uint8_t{'d'});
  message.put(static_cast<std::uint16_t>(2 + added));
  const auto column = [&](std::uint8_t flags, const std::string& name, std::uint32_t type) {
    message.put(flags).name(name).put(type).put(std::uint32_t{0xFFFFFFFF});
  };
  column(1, "id", 23);
  column(0, "v", 25);
  for (std::size_t i = 1; i <= added; ++i) column(0, "x" + std::to_string(i), 25);
  return message.take();
}

Message insert_message(std::uint32_t oid, std::uint64_t id, const std::string& text,
                       std::size_t added) {
  MessageBuilder message('I');
  message.put(oid).put(std::uint8_t{'N'}).put(static_cast<std::uint16_t>(2 + added));
  message.cell(std::to_string(id)).cell(text);
  for (std::size_t i = 1; i <= added; ++i) message.cell("n" + std::to_string(i));
  return message.take();
}

namespace {

std::string line(const ScriptTransaction& transaction, std::size_t row, std::uint64_t id,
                 const std::string& text, std::size_t added) {
  std::string line = "{\"id\":" + std::to_string(id) + ",\"v\":\"" + text + "\"";
  for (std::size_t i = 1; i <= added; ++i) {
    line += ",\"x" + std::to_string(i) + "\":\"n" + std::to_string(i) + "\"";
  }
  return line + ",\"_op\":\"c\",\"_lsn\":\"" + to_string(transaction.commit_lsn) +
         "\",\"_seq\":" + std::to_string(row) + ",\"_ts\":\"" + kTimeText + "\"}";
}

}  // namespace

Script make_script(std::size_t transactions, std::size_t rows_max, std::size_t text_bytes_max,
                   Random& random) {
  Script script;
  script.start = {0x1000000};
  Lsn at = script.start;
  std::uint64_t id = 0;
  std::vector<std::size_t> added(script.tables);
  for (std::size_t i = 0; i < transactions; ++i) {
    ScriptTransaction transaction;
    transaction.commit_lsn = {at.value + 64 + random.next() % 1000};
    transaction.end_lsn = {transaction.commit_lsn.value + 48};
    at = transaction.end_lsn;
    transaction.messages.push_back(
        begin_message(transaction.commit_lsn, static_cast<std::uint32_t>(700 + i)));
    const std::size_t rows = 1 + random.next() % rows_max;
    for (std::size_t row = 1; row <= rows; ++row) {
      const std::uint64_t table = random.next() % script.tables;
      const auto oid = static_cast<std::uint32_t>(script.first_oid + table);
      // The server announces a relation now and then anew; readers must not mind. Sometimes it has
      // another column since.
      if (random.next() % 4 == 0 || i < 3) {
        if (random.next() % 4 == 0 && added[table] < 20) ++added[table];
        transaction.messages.push_back(
            relation_message(oid, "t" + std::to_string(table), added[table]));
      }
      const std::string text(random.next() % (text_bytes_max + 1), 'x');
      transaction.messages.push_back(insert_message(oid, ++id, text, added[table]));
      transaction.lines.push_back(line(transaction, row, id, text, added[table]));
    }
    transaction.messages.push_back(commit_message(transaction.commit_lsn, transaction.end_lsn));
    script.transactions.push_back(std::move(transaction));
  }
  // Every table is announced before its first row, whatever the dice said.
  std::vector<Message> announced;
  for (std::size_t table = 0; table < script.tables; ++table) {
    announced.push_back(relation_message(static_cast<std::uint32_t>(script.first_oid + table),
                                         "t" + std::to_string(table)));
  }
  auto& first = script.transactions.front().messages;
  first.insert(first.begin() + 1, announced.begin(), announced.end());
  return script;
}

}  // namespace slotcast::test
