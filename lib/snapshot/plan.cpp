#include "lib/snapshot/plan.h"

#include <algorithm>

#include "lib/log/side_segments.h"
#include "lib/pg/catalog.h"
#include "lib/pg/publication_table.h"

namespace slotcast::snapshot {
namespace {

// A page of 32 KiB, the largest the server can be built with, holds at most 1,163 rows: so many
// pages never have more rows than a range has record numbers.
constexpr std::uint64_t kPagesPerRangeMax = log::kRecordsPerRange / 1200;

// How many pages of a part have `range_bytes`, its long values included.
std::uint64_t pages_in(const pg::TablePart& part, std::uint64_t range_bytes) {
  if (part.pages == 0) return 1;
  const std::uint64_t page_bytes = std::max<std::uint64_t>(part.bytes / part.pages, 1);
  return std::clamp<std::uint64_t>(range_bytes / page_bytes, 1, kPagesPerRangeMax);
}

void cut(Plan& plan, std::size_t table, std::size_t part) {
  const std::uint64_t pages = plan.tables[table].table.parts[part].pages;
  const std::uint64_t bytes = plan.tables[table].table.parts[part].bytes;
  const std::uint64_t step = plan.tables[table].pages_per_range[part];
  for (std::uint64_t page = 0; page < pages; page += step) {
    Range range;
    range.number = plan.ranges.size() + 1;
    range.table = table;
    range.part = part;
    range.first_page = page;
    range.page_count = std::min(step, pages - page);
    range.bytes = bytes / pages * range.page_count;
    range.is_last = page + step >= pages;
    plan.ranges.push_back(range);
  }
}

void cut_all(Plan& plan) {
  for (std::size_t table = 0; table < plan.tables.size(); ++table) {
    for (std::size_t part = 0; part < plan.tables[table].table.parts.size(); ++part) {
      cut(plan, table, part);
    }
  }
}

// A table that was dropped keeps its place, so that the others keep their numbers.
Result<PlannedTable> find_again(pg::Connection& connection, const pg::Options& options,
                                const Memory::Table& remembered) {
  PlannedTable planned;
  TRY_ASSIGN(const auto rows, connection.query("SELECT n.nspname, c.relname"
                                               " FROM pg_catalog.pg_class c"
                                               " JOIN pg_catalog.pg_namespace n"
                                               " ON n.oid = c.relnamespace WHERE c.oid = $1::oid",
                                               {std::to_string(remembered.oid)}));
  planned.is_gone = rows.empty();
  if (planned.is_gone) {
    planned.table.relation.id = {remembered.oid};
    planned.table.relation.schema = remembered.schema;
    planned.table.relation.table = remembered.table;
  } else {
    TRY_ASSIGN(planned.table,
               pg::read_table(connection, rows[0][0].value_or(""), rows[0][1].value_or("")));
    TRY(pg::keep_published(connection, options, planned.table.relation));
    TRY_ASSIGN(planned.catalog, pg::read_catalog(connection, planned.table.relation));
  }
  planned.table.parts.clear();
  for (const Memory::Part& part : remembered.parts) {
    TRY_ASSIGN(const auto now, pg::read_table_part(connection, part.oid));
    const std::string name = now && !planned.is_gone ? now->name : "";
    planned.table.parts.push_back(
        {part.oid, part.file, name, part.pages, part.bytes, now ? now->rows_estimated : 0});
    planned.pages_per_range.push_back(part.pages_per_range);
  }
  return planned;
}

}  // namespace

// xmin has 32 bits: the rest is that of the newest number not after it. 1 and 2 stand for long ago.
std::string was_visible(const pg::Connection& connection, const std::string& visible) {
  const std::string now =
      "pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text::bigint";
  return "(xmin::text::bigint < 3 OR pg_catalog.pg_visible_in_snapshot((" + now + " - ((" + now +
         " - xmin::text::bigint) & 4294967295))::text::xid8, " +
         connection.escape_literal(visible) + "::pg_catalog.pg_snapshot))";
}

bool Plan::exists(const Range& range) const {
  return !tables[range.table].table.parts[range.part].name.empty();
}

std::string Plan::copy_statement(const pg::Connection& connection, const Range& range,
                                 const std::string& visible) const {
  const pg::Table& table = tables[range.table].table;
  std::string statement = "COPY (SELECT " + column_list(connection, table.relation) +
                          " FROM ONLY " + table.parts[range.part].name + " WHERE ctid >= '(" +
                          std::to_string(range.first_page) + ",0)'";
  if (!range.is_last) {
    statement += " AND ctid < '(" + std::to_string(range.first_page + range.page_count) + ",0)'";
  }
  if (!visible.empty()) statement += " AND " + was_visible(connection, visible);
  return statement + ") TO STDOUT";
}

Result<Plan> make_plan(pg::Connection& connection, const pg::Options& options,
                       const std::vector<pg::SourceTable>& tables, std::uint64_t range_bytes) {
  Plan plan;
  std::uint64_t bytes = 0, parts = 0;
  for (const pg::SourceTable& source : tables) {
    PlannedTable planned;
    TRY_ASSIGN(planned.table, pg::read_table(connection, source.schema, source.table));
    TRY(pg::keep_published(connection, options, planned.table.relation));
    TRY_ASSIGN(planned.catalog, pg::read_catalog(connection, planned.table.relation));
    for (const pg::TablePart& part : planned.table.parts) bytes += part.bytes;
    parts += planned.table.parts.size();
    plan.tables.push_back(std::move(planned));
  }
  // Each part may end in a range that is not full, and a page may have more than a range should.
  if (2 * parts >= log::kRangesMax)
    return invalid("snapshot: more tables and partitions than ranges");
  range_bytes = std::max(range_bytes, bytes / (log::kRangesMax - 2 * parts) + 1);
  for (PlannedTable& planned : plan.tables) {
    for (const pg::TablePart& part : planned.table.parts) {
      planned.pages_per_range.push_back(pages_in(part, range_bytes));
    }
  }
  cut_all(plan);
  if (plan.ranges.size() >= log::kRangesMax) {
    return invalid("snapshot: the tables together have " + std::to_string(bytes) +
                   " bytes, more than one snapshot can number; route them to several pipelines");
  }
  return plan;
}

Result<Plan> resume_plan(pg::Connection& connection, const pg::Options& options,
                         const Memory& memory) {
  Plan plan;
  for (const Memory::Table& remembered : memory.tables) {
    TRY_ASSIGN(PlannedTable planned, find_again(connection, options, remembered));
    plan.tables.push_back(std::move(planned));
  }
  cut_all(plan);
  return plan;
}

std::uint64_t count_ranges(const Memory& memory) {
  std::uint64_t count = 0;
  for (const Memory::Table& table : memory.tables) {
    for (const Memory::Part& part : table.parts) {
      count += (part.pages + part.pages_per_range - 1) / part.pages_per_range;
    }
  }
  return count;
}

void remember(const Plan& plan, Memory& memory) {
  memory.tables.clear();
  for (const PlannedTable& planned : plan.tables) {
    const Relation& relation = planned.table.relation;
    Memory::Table table{relation.id.oid, relation.schema, relation.table, {}};
    for (std::size_t i = 0; i < planned.table.parts.size(); ++i) {
      const pg::TablePart& part = planned.table.parts[i];
      table.parts.push_back(
          {part.oid, part.file, part.pages, planned.pages_per_range[i], part.bytes});
    }
    memory.tables.push_back(std::move(table));
  }
}

}  // namespace slotcast::snapshot
