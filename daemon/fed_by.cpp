#include "daemon/fed_by.h"

#include <sstream>

#include "lib/io/state_file.h"
#include "lib/snapshot/word.h"

namespace slotcast {
namespace {

constexpr const char* kStateName = "files";

}  // namespace

Result<std::optional<FedBy>> read_fed_by(io::Directory& state) {
  TRY_ASSIGN(const auto text, io::read_state_file(state, kStateName));
  if (!text) return std::optional<FedBy>();
  std::istringstream values(*text);
  std::string manifest;
  FedBy fed_by;
  values >> manifest >> fed_by.place.lines >> fed_by.place.crc32c;
  if (!values) return corrupt("state file files");
  fed_by.manifest = snapshot::from_word(manifest);
  return std::optional<FedBy>(std::move(fed_by));
}

Status write_fed_by(io::Directory& state, const FedBy& fed_by) {
  std::ostringstream out;
  out << snapshot::to_word(fed_by.manifest) << ' ' << fed_by.place.lines << ' '
      << fed_by.place.crc32c << '\n';
  return io::write_state_file(state, kStateName, out.str());
}

Status refuse_fed_by_files(io::Directory& state) {
  TRY_ASSIGN(const auto fed_by, read_fed_by(state));
  if (!fed_by) return {};
  return invalid("the sinks of this state directory are fed by files, those of manifest " +
                 fed_by->manifest +
                 ": start it with run --from-files, command its sinks while it runs, or give this "
                 "pipeline a name or a state directory of its own");
}

}  // namespace slotcast
