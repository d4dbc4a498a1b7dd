/* place.h - where the recording lies, and where the profile is to go. */
#ifndef HEAPCOACH_PLACE_H
#define HEAPCOACH_PLACE_H

/* Makes the recording where the environment says, under a name of its own. 0 or -errno; or
 * PLACE_NONE: there is no folder to make it in. */
enum { PLACE_NONE = 1 };
int place_recording(void);

/* The recording's path as it was last tried. */
const char *place_recording_path(void);

/* Where the profile goes: HEAPCOACH_DIR, or the folder that the program was started in. */
const char *place_profile_folder(void);

#endif
