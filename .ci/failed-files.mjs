// A reporter for Vitest beside its own: writes which files failed, of which project and by which tests, to the file that FAILED_FILES names.
import { writeFileSync } from "node:fs";
import { relative } from "node:path";

export default class FailedFiles {
  onTestRunEnd(modules, unhandledErrors, reason) {
    const failed = modules
      .filter((module) => module.state() === "failed")
      .map((module) => ({
        project: module.project.name,
        file: relative(process.cwd(), module.moduleId),
        tests: [...module.children.allTests("failed")].map((test) => test.fullName),
      }));
    // What was thrown outside of tests is nobody's: no file can be run again for it.
    const report = { failed, isWhole: reason !== "interrupted" && unhandledErrors.length === 0 };
    writeFileSync(process.env.FAILED_FILES, JSON.stringify(report));
  }
}
