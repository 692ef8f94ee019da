import assert from "node:assert/strict";
import { bundleWorkload } from "../../../workloads/bundle.ts";
import { UploaderBed } from "./uploader-process.ts";

describe("The uploader's command line", () => {
    let bed: UploaderBed;

    before(async () => {
        bed = await UploaderBed.make();
    });
    after(() => bed.remove());

    it("explains itself with --help", async () => {
        const { status, stdout, stderr } = await bed.start(["--help"]).ended;
        assert.equal(status, 0);
        assert.equal(stderr, "");
        for (const word of ["--config FILE", "--once", "--log-root DIR", "NODE_NAME", "METRICS_PORT", "Exit status"]) {
            assert.ok(stdout.includes(word), word);
        }
    });

    it("ends with 2 and says what is wrong when it is used wrongly", async () => {
        for (const [args, environment, message] of [
            [[], {}, /--config FILE is missing/],
            [["--config"], {}, /--config/],
            [["--conf", "x"], {}, /--conf/],
            [["--config", "x", "surplus"], {}, /surplus/],
            [["--config", "x", "--log-root", ""], {}, /--log-root is empty/],
            [["--config", "x"], { METRICS_PORT: "http" }, /METRICS_PORT is "http".*65535/],
            [["--config", "x"], { METRICS_PORT: "65536" }, /METRICS_PORT is "65536"/],
            [["--config", "no-such-file.yaml", "--once"], {}, /no-such-file\.yaml.*ENOENT/s],
        ] as const) {
            const { status, stdout, stderr } = await bed.start(args, environment).ended;
            assert.equal(status, 2, stderr);
            assert.equal(stdout, "");
            assert.match(stderr, message);
        }
    });

    it("ends with 2 and all that is wrong when the configuration of one pass is", async () => {
        const file = await bed.configText("s3:\n  bucket_name: X\n  region: 7\nupload:\n  schedule: daily\n");
        const { status, stderr } = await bed.start(["--config", file, "--once"]).ended;
        assert.equal(status, 2);
        for (const key of ["s3.bucket_name", "s3.region", "upload.schedule"]) {
            assert.ok(stderr.includes(key), key);
        }
    });

    it("fits into a ConfigMap with room to spare", async () => {
        const { content } = await bundleWorkload("s3-uploader");
        assert.ok(Buffer.byteLength(content) < 760 * 1024, `${Buffer.byteLength(content)} bytes`);
    });
});
