#include "lib/snapshot/plan.h"

#include <algorithm>

#include "lib/capture/relation_catalog.h"
#include "lib/log/side_segments.h"

namespace slotcast::snapshot {
namespace {

// A page of 32 KiB, the largest the server can be built with, holds at most 1,163 rows: so many
// pages never have more rows than a range has record numbers.
constexpr std::uint64_t kPagesPerRangeMax = log::kRecordsPerRange / 1200;

std::uint64_t pages_of(const std::vector<PlannedTable>& tables) {
  std::uint64_t sum = 0;
  for (const PlannedTable& table : tables) {
    for (const pg::TablePart& part : table.table.parts) sum += part.pages;
  }
  return sum;
}

void cut(Plan& plan, std::size_t table, std::size_t part, std::uint64_t pages_per_range) {
  const std::uint64_t pages = plan.tables[table].table.parts[part].pages;
  for (std::uint64_t page = 0; page < pages; page += pages_per_range) {
    Range range;
    range.number = plan.ranges.size() + 1;
    range.table = table;
    range.part = part;
    range.first_page = page;
    range.page_count = std::min(pages_per_range, pages - page);
    range.is_last = page + pages_per_range >= pages;
    plan.ranges.push_back(range);
  }
}

}  // namespace

std::string Plan::copy_statement(const pg::Connection& connection, const Range& range) const {
  const pg::Table& table = tables[range.table].table;
  std::string statement = "COPY (SELECT " + column_list(connection, table.relation) +
                          " FROM ONLY " + table.parts[range.part].name + " WHERE ctid >= '(" +
                          std::to_string(range.first_page) + ",0)'";
  if (!range.is_last) {
    statement += " AND ctid < '(" + std::to_string(range.first_page + range.page_count) + ",0)'";
  }
  return statement + ") TO STDOUT";
}

Result<Plan> make_plan(pg::Connection& connection, const std::vector<pg::SourceTable>& tables,
                       std::uint64_t pages_per_range) {
  Plan plan;
  for (const pg::SourceTable& source : tables) {
    PlannedTable planned;
    TRY_ASSIGN(planned.table, pg::read_table(connection, source.schema, source.table));
    TRY_ASSIGN(planned.catalog, capture::read_catalog(connection, planned.table.relation));
    plan.tables.push_back(std::move(planned));
  }
  const std::uint64_t pages = pages_of(plan.tables);
  // Each part may end in a range that is not full.
  std::uint64_t parts = 0;
  for (const PlannedTable& table : plan.tables) parts += table.table.parts.size();
  if (parts >= log::kRangesMax) return invalid("snapshot: more tables and partitions than ranges");
  pages_per_range = std::max(pages_per_range, pages / (log::kRangesMax - parts) + 1);
  if (pages_per_range > kPagesPerRangeMax) {
    return invalid("snapshot: the tables together have " + std::to_string(pages) +
                   " pages, more than one snapshot can number; route them to several pipelines");
  }
  for (std::size_t table = 0; table < plan.tables.size(); ++table) {
    for (std::size_t part = 0; part < plan.tables[table].table.parts.size(); ++part) {
      cut(plan, table, part, pages_per_range);
    }
  }
  return plan;
}

}  // namespace slotcast::snapshot
