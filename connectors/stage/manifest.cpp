#include "connectors/stage/manifest.h"

#include <cstdio>

#include "lib/sink/encode/json_member.h"

namespace slotcast::stage {
namespace {

void put_place(sink::Buffer& out, std::string_view before, const ChangeId& id) {
  out.append(before);
  sink::put_member(out, "{\"lsn\":", to_string(id.commit_lsn));
  out.append(",\"seq\":");
  out.append(std::to_string(id.ordinal));
  out.append('}');
}

}  // namespace

std::string line_of(const ManifestEntry& entry) {
  char checksum[16];
  std::snprintf(checksum, sizeof checksum, "%08x", entry.crc32c);
  sink::Buffer out;
  sink::put_member(out, "{\"file\":", entry.file);
  sink::put_member(out, ",\"schema\":", entry.names.schema);
  sink::put_member(out, ",\"table\":", entry.names.table);
  sink::put_member(out, ",\"schema_version\":", entry.schema_version);
  sink::put_member(out, ",\"format\":", entry.format);
  sink::put_member(out, ",\"compress\":", name_of(entry.compression));
  out.append(",\"rows\":");
  out.append(std::to_string(entry.rows));
  out.append(",\"bytes\":");
  out.append(std::to_string(entry.bytes));
  sink::put_member(out, ",\"crc32c\":", checksum);
  put_place(out, ",\"first\":", entry.lowest);
  put_place(out, ",\"last\":", entry.highest);
  sink::put_member(out, ",\"batch\":", entry.batch);
  out.append(",\"batch_files\":");
  out.append(std::to_string(entry.batch_files));
  out.append('}');
  return std::string(out.text());
}

}  // namespace slotcast::stage
