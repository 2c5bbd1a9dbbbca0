#include "knowledge/chunk.h"
ChunkOptions chunk_options_default(void) { return (ChunkOptions){200, 350}; }
