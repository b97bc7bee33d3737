// The source that this page has: a server to ask, or the columns in the file.
import { servedSource } from "./served.js";
import { embeddedSource } from "./source.js";
import { setup } from "./unpacking.js";

export const openSource = () => (setup.live ? servedSource() : embeddedSource());
