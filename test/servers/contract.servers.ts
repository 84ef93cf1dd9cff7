import { memoryStorage } from "../../src/storage/index.js";
import { locksContract, storageContract } from "../storage/contract.js";

// Here `memoryStorage()` is on the server that runs.
storageContract("s3Storage on radosgw", async () => memoryStorage());
locksContract("s3Storage on radosgw", async () => memoryStorage());
