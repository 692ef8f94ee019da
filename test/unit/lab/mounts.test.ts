import assert from "node:assert/strict";
import { mountPoints } from "../../../lab/node/mounts.ts";

describe("the mount points of this machine", () => {
    it("are read from the kernel's list, with the characters that it writes in octal", () => {
        const list = [
            "22 27 0:21 / /proc rw,nosuid shared:14 - proc proc rw",
            "40 27 8:1 /volumes/01 /state/with\\040space/back\\134slash rw - ext4 /dev/sda1 rw",
            "",
        ];
        assert.deepEqual(mountPoints(list.join("\n")), ["/proc", "/state/with space/back\\slash"]);
    });
});
