import { memoryStorage } from "../../src/storage/index.js";
import { storageContract } from "./contract.js";

storageContract("memory", async () => memoryStorage());
