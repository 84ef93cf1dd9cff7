import { memoryStorage } from "../../src/storage/index.js";
import { locksContract, storageContract } from "./contract.js";
import { treeContract, versionContract } from "./reading-contract.js";
import { withoutLocks } from "./without-locks.js";

storageContract("memory", async () => memoryStorage());
locksContract("memory", async () => memoryStorage());
treeContract("memory", async () => memoryStorage());
versionContract("memory", async () => memoryStorage());
storageContract("memory without locks", async () => withoutLocks(memoryStorage()));
