// Run Portkey's gateway in this process (started by portkey.py): node process.mjs START_SCRIPT
//
// Its start script picks the port and draws on the terminal. Here it gets a free port of this machine alone, and
// standard output says only where that is.

import net from "node:net";
import { pathToFileURL } from "node:url";

const say = process.stdout.write.bind(process.stdout);
const listen = net.Server.prototype.listen;

net.Server.prototype.listen = function () {
  this.once("listening", () => say(`http://127.0.0.1:${this.address().port}\n`));
  return listen.call(this, 0, "127.0.0.1");
};
process.stdout.write = () => true;
console.clear = () => {};
process.argv.push("--headless");
process.stdin.on("end", () => process.exit()).resume();
await import(pathToFileURL(process.argv[2]));
