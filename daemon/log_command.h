#pragma once

#include <cstdint>
#include <string>

// `slotcast log ls | cat | verify`: look into a state directory's log without a daemon's help, also
// while one runs. They only read.

namespace slotcast {

int list_log(const std::string& state_directory);
int cat_log(const std::string& state_directory, std::uint64_t from_record, std::uint64_t to_record);
// 0 when every block checks out up to a torn end, 78 when something synced is damaged.
int verify_log(const std::string& state_directory);

}  // namespace slotcast
