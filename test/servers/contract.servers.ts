import { memoryStorage } from "../../src/storage/index.js";
import { locksContract, storageContract } from "../storage/contract.js";
import { treeContract, versionContract } from "../storage/reading-contract.js";

// Here `memoryStorage()` is on the server that runs.
storageContract("s3Storage on radosgw", async () => memoryStorage());
treeContract("s3Storage on radosgw", async () => memoryStorage());
versionContract("s3Storage on radosgw", async () => memoryStorage());
locksContract("s3Storage on radosgw", async () => memoryStorage());
