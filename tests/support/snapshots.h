#pragma once

#include <string>

#include "daemon/admin/snapshot.h"

// Snapshots as the admin server's pages get them, for tests of those pages.

namespace slotcast::test {

// A pipeline that streams to two healthy sinks; every number in it differs from the others.
admin::Snapshot healthy_snapshot();

// Legal, but as nasty as it gets: quotes, line breaks, escapes, broken UTF-8, the largest numbers.
admin::Snapshot nasty_snapshot();

// A text with everything that a page must not pass on as it is.
std::string nasty_text();

}  // namespace slotcast::test
