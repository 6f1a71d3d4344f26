/** Generated from proto/*.proto by `npm run proto`; do not edit. */

export const DESCRIPTOR = {
 "nested": {
  "ecopt": {
   "nested": {
    "v1": {
     "nested": {
      "Enrolment": {
       "methods": {
        "Enrol": {
         "requestType": "EnrolRequest",
         "responseType": "EnrolReply"
        }
       }
      },
      "EnrolRequest": {
       "fields": {
        "wireVersion": {
         "type": "uint32",
         "id": 1
        },
        "secret": {
         "type": "string",
         "id": 2
        },
        "agentName": {
         "type": "string",
         "id": 3
        },
        "signingRequest": {
         "type": "bytes",
         "id": 4
        }
       }
      },
      "EnrolReply": {
       "fields": {
        "certificates": {
         "rule": "repeated",
         "type": "bytes",
         "id": 1
        }
       }
      },
      "AttemptEvent": {
       "oneofs": {
        "body": {
         "oneof": [
          "started",
          "reported",
          "metered",
          "observed"
         ]
        }
       },
       "fields": {
        "wireVersion": {
         "type": "uint32",
         "id": 1
        },
        "agent": {
         "type": "string",
         "id": 2
        },
        "trial": {
         "type": "string",
         "id": 3
        },
        "attempt": {
         "type": "uint32",
         "id": 4
        },
        "lease": {
         "type": "string",
         "id": 5
        },
        "sequence": {
         "type": "uint32",
         "id": 6
        },
        "wallMilliseconds": {
         "type": "double",
         "id": 7
        },
        "started": {
         "type": "Started",
         "id": 8
        },
        "reported": {
         "type": "Reported",
         "id": 9
        },
        "metered": {
         "type": "Metered",
         "id": 10
        },
        "observed": {
         "type": "Observation",
         "id": 11
        }
       }
      },
      "Started": {
       "fields": {}
      },
      "Reported": {
       "oneofs": {
        "_fraction": {
         "oneof": [
          "fraction"
         ]
        }
       },
       "fields": {
        "step": {
         "type": "uint32",
         "id": 1
        },
        "fraction": {
         "type": "double",
         "id": 2,
         "options": {
          "proto3_optional": true
         }
        },
        "metrics": {
         "keyType": "string",
         "type": "double",
         "id": 3
        }
       }
      },
      "Metered": {
       "fields": {
        "energy": {
         "rule": "repeated",
         "type": "AttemptEnergy",
         "id": 1
        },
        "elapsedSeconds": {
         "type": "double",
         "id": 2
        }
       }
      },
      "Value": {
       "oneofs": {
        "kind": {
         "oneof": [
          "number",
          "text",
          "truth"
         ]
        }
       },
       "fields": {
        "number": {
         "type": "double",
         "id": 1
        },
        "text": {
         "type": "string",
         "id": 2
        },
        "truth": {
         "type": "bool",
         "id": 3
        }
       }
      },
      "MetricSource": {
       "oneofs": {
        "kind": {
         "oneof": [
          "jsonFile",
          "pattern"
         ]
        }
       },
       "fields": {
        "jsonFile": {
         "type": "JsonFileMetric",
         "id": 1
        },
        "pattern": {
         "type": "string",
         "id": 2
        }
       }
      },
      "JsonFileMetric": {
       "fields": {
        "path": {
         "type": "string",
         "id": 1
        },
        "key": {
         "type": "string",
         "id": 2
        }
       }
      },
      "Workload": {
       "oneofs": {
        "kind": {
         "oneof": [
          "builtin",
          "command"
         ]
        }
       },
       "fields": {
        "builtin": {
         "type": "BuiltinWorkload",
         "id": 1
        },
        "command": {
         "type": "CommandWorkload",
         "id": 2
        }
       }
      },
      "BuiltinWorkload": {
       "fields": {
        "trainer": {
         "type": "string",
         "id": 1
        },
        "options": {
         "keyType": "string",
         "type": "Value",
         "id": 2
        }
       }
      },
      "CommandWorkload": {
       "oneofs": {
        "_workingFolder": {
         "oneof": [
          "workingFolder"
         ]
        }
       },
       "fields": {
        "argv": {
         "rule": "repeated",
         "type": "string",
         "id": 1
        },
        "workingFolder": {
         "type": "string",
         "id": 2,
         "options": {
          "proto3_optional": true
         }
        },
        "environment": {
         "keyType": "string",
         "type": "string",
         "id": 3
        },
        "metrics": {
         "keyType": "string",
         "type": "MetricSource",
         "id": 4
        }
       }
      },
      "Needs": {
       "oneofs": {
        "_environment": {
         "oneof": [
          "environment"
         ]
        },
        "_deviceMemoryBytes": {
         "oneof": [
          "deviceMemoryBytes"
         ]
        },
        "_diskBytes": {
         "oneof": [
          "diskBytes"
         ]
        }
       },
       "fields": {
        "environment": {
         "type": "string",
         "id": 1,
         "options": {
          "proto3_optional": true
         }
        },
        "data": {
         "rule": "repeated",
         "type": "string",
         "id": 2
        },
        "devices": {
         "type": "uint32",
         "id": 3
        },
        "deviceMemoryBytes": {
         "type": "double",
         "id": 4,
         "options": {
          "proto3_optional": true
         }
        },
        "diskBytes": {
         "type": "double",
         "id": 5,
         "options": {
          "proto3_optional": true
         }
        },
        "labels": {
         "keyType": "string",
         "type": "string",
         "id": 6
        }
       }
      },
      "MeasurementProtocol": {
       "oneofs": {
        "_boundary": {
         "oneof": [
          "boundary"
         ]
        },
        "_coolDownCelsius": {
         "oneof": [
          "coolDownCelsius"
         ]
        }
       },
       "fields": {
        "boundary": {
         "type": "string",
         "id": 1,
         "options": {
          "proto3_optional": true
         }
        },
        "require": {
         "type": "string",
         "id": 2
        },
        "idleSeconds": {
         "type": "double",
         "id": 3
        },
        "remeasure": {
         "type": "uint32",
         "id": 4
        },
        "warmUpSeconds": {
         "type": "double",
         "id": 5
        },
        "repeatTarget": {
         "type": "double",
         "id": 6
        },
        "repeatSeconds": {
         "type": "double",
         "id": 7
        },
        "coolDownCelsius": {
         "type": "double",
         "id": 8,
         "options": {
          "proto3_optional": true
         }
        },
        "coolDownSeconds": {
         "type": "double",
         "id": 9
        }
       }
      },
      "TrialLimits": {
       "oneofs": {
        "_hours": {
         "oneof": [
          "hours"
         ]
        }
       },
       "fields": {
        "hours": {
         "type": "double",
         "id": 1,
         "options": {
          "proto3_optional": true
         }
        },
        "attempts": {
         "type": "uint32",
         "id": 2
        }
       }
      },
      "Failure": {
       "fields": {
        "kind": {
         "type": "string",
         "id": 1
        },
        "reason": {
         "type": "string",
         "id": 2
        },
        "message": {
         "type": "string",
         "id": 3
        },
        "signature": {
         "type": "string",
         "id": 4
        }
       }
      },
      "EnergyUncertainty": {
       "fields": {
        "edgeJoules": {
         "type": "double",
         "id": 1
        },
        "samplingJoules": {
         "type": "double",
         "id": 2
        },
        "gapJoules": {
         "type": "double",
         "id": 3
        },
        "gainJoules": {
         "type": "double",
         "id": 4
        }
       }
      },
      "DeviceEnergy": {
       "oneofs": {
        "kind": {
         "oneof": [
          "usable",
          "unusableReason"
         ]
        }
       },
       "fields": {
        "device": {
         "type": "string",
         "id": 1
        },
        "part": {
         "type": "string",
         "id": 2
        },
        "source": {
         "type": "string",
         "id": 3
        },
        "usable": {
         "type": "UsableEnergy",
         "id": 4
        },
        "unusableReason": {
         "type": "string",
         "id": 5
        }
       }
      },
      "UsableEnergy": {
       "oneofs": {
        "_peakWatts": {
         "oneof": [
          "peakWatts"
         ]
        },
        "_rawMicrojoules": {
         "oneof": [
          "rawMicrojoules"
         ]
        },
        "_check": {
         "oneof": [
          "check"
         ]
        },
        "_unattributedMicrojoules": {
         "oneof": [
          "unattributedMicrojoules"
         ]
        },
        "_temperatureCelsius": {
         "oneof": [
          "temperatureCelsius"
         ]
        }
       },
       "fields": {
        "provenance": {
         "type": "string",
         "id": 1
        },
        "energyMicrojoules": {
         "type": "uint64",
         "id": 2
        },
        "meanWatts": {
         "type": "double",
         "id": 3
        },
        "peakWatts": {
         "type": "double",
         "id": 4,
         "options": {
          "proto3_optional": true
         }
        },
        "uncertainty": {
         "type": "EnergyUncertainty",
         "id": 5
        },
        "events": {
         "rule": "repeated",
         "type": "string",
         "id": 6
        },
        "rawMicrojoules": {
         "type": "uint64",
         "id": 7,
         "options": {
          "proto3_optional": true
         }
        },
        "check": {
         "type": "CheckEnergy",
         "id": 8,
         "options": {
          "proto3_optional": true
         }
        },
        "unattributedMicrojoules": {
         "type": "uint64",
         "id": 9,
         "options": {
          "proto3_optional": true
         }
        },
        "temperatureCelsius": {
         "type": "EdgeTemperatures",
         "id": 10,
         "options": {
          "proto3_optional": true
         }
        }
       }
      },
      "CheckEnergy": {
       "fields": {
        "source": {
         "type": "string",
         "id": 1
        },
        "energyMicrojoules": {
         "type": "uint64",
         "id": 2
        }
       }
      },
      "EdgeTemperatures": {
       "fields": {
        "start": {
         "type": "double",
         "id": 1
        },
        "end": {
         "type": "double",
         "id": 2
        }
       }
      },
      "WindowReading": {
       "oneofs": {
        "_items": {
         "oneof": [
          "items"
         ]
        },
        "_unit": {
         "oneof": [
          "unit"
         ]
        }
       },
       "fields": {
        "kind": {
         "type": "string",
         "id": 1
        },
        "label": {
         "type": "string",
         "id": 2
        },
        "ordinal": {
         "type": "uint32",
         "id": 3
        },
        "startNanoseconds": {
         "type": "uint64",
         "id": 4
        },
        "endNanoseconds": {
         "type": "uint64",
         "id": 5
        },
        "items": {
         "type": "double",
         "id": 6,
         "options": {
          "proto3_optional": true
         }
        },
        "unit": {
         "type": "string",
         "id": 7,
         "options": {
          "proto3_optional": true
         }
        },
        "devices": {
         "rule": "repeated",
         "type": "DeviceEnergy",
         "id": 8
        }
       }
      },
      "AttemptEnergy": {
       "oneofs": {
        "_unattributedMicrojoules": {
         "oneof": [
          "unattributedMicrojoules"
         ]
        },
        "_isLowerBound": {
         "oneof": [
          "isLowerBound"
         ]
        }
       },
       "fields": {
        "device": {
         "type": "string",
         "id": 1
        },
        "part": {
         "type": "string",
         "id": 2
        },
        "provenance": {
         "type": "string",
         "id": 3
        },
        "energyMicrojoules": {
         "type": "uint64",
         "id": 4
        },
        "unattributedMicrojoules": {
         "type": "uint64",
         "id": 5,
         "options": {
          "proto3_optional": true
         }
        },
        "isLowerBound": {
         "type": "bool",
         "id": 6,
         "options": {
          "proto3_optional": true
         }
        }
       }
      },
      "Observation": {
       "oneofs": {
        "_exitCode": {
         "oneof": [
          "exitCode"
         ]
        },
        "_windowsLeftOut": {
         "oneof": [
          "windowsLeftOut"
         ]
        }
       },
       "fields": {
        "end": {
         "type": "string",
         "id": 1
        },
        "failure": {
         "type": "Failure",
         "id": 2
        },
        "metrics": {
         "keyType": "string",
         "type": "double",
         "id": 3
        },
        "sealed": {
         "keyType": "string",
         "type": "double",
         "id": 4
        },
        "windows": {
         "rule": "repeated",
         "type": "WindowReading",
         "id": 5
        },
        "energy": {
         "rule": "repeated",
         "type": "AttemptEnergy",
         "id": 6
        },
        "slot": {
         "type": "string",
         "id": 7
        },
        "devices": {
         "rule": "repeated",
         "type": "string",
         "id": 8
        },
        "hardwareClass": {
         "type": "string",
         "id": 9
        },
        "startedUnixMilliseconds": {
         "type": "double",
         "id": 10
        },
        "durationSeconds": {
         "type": "double",
         "id": 11
        },
        "exitCode": {
         "type": "sint32",
         "id": 12,
         "options": {
          "proto3_optional": true
         }
        },
        "outputTail": {
         "type": "string",
         "id": 13
        },
        "facts": {
         "keyType": "string",
         "type": "string",
         "id": 14
        },
        "windowsLeftOut": {
         "type": "uint32",
         "id": 15,
         "options": {
          "proto3_optional": true
         }
        }
       }
      },
      "Coordination": {
       "methods": {
        "Hold": {
         "requestType": "AgentMessage",
         "requestStream": true,
         "responseType": "CoordinatorMessage",
         "responseStream": true
        }
       }
      },
      "AgentMessage": {
       "oneofs": {
        "kind": {
         "oneof": [
          "hello",
          "offer",
          "withdraw",
          "renew",
          "release",
          "stopped"
         ]
        }
       },
       "fields": {
        "hello": {
         "type": "Hello",
         "id": 1
        },
        "offer": {
         "type": "Offer",
         "id": 2
        },
        "withdraw": {
         "type": "Withdraw",
         "id": 3
        },
        "renew": {
         "type": "Renew",
         "id": 4
        },
        "release": {
         "type": "Release",
         "id": 5
        },
        "stopped": {
         "type": "Stopped",
         "id": 6
        }
       }
      },
      "Hello": {
       "fields": {
        "wireVersion": {
         "type": "uint32",
         "id": 1
        },
        "session": {
         "type": "string",
         "id": 2
        },
        "name": {
         "type": "string",
         "id": 3
        },
        "machine": {
         "type": "Machine",
         "id": 4
        },
        "held": {
         "rule": "repeated",
         "type": "HeldLease",
         "id": 5
        }
       }
      },
      "HeldLease": {
       "fields": {
        "lease": {
         "type": "string",
         "id": 1
        },
        "trial": {
         "type": "string",
         "id": 2
        },
        "attempt": {
         "type": "uint32",
         "id": 3
        },
        "slot": {
         "type": "string",
         "id": 4
        },
        "phase": {
         "type": "string",
         "id": 5
        }
       }
      },
      "Offer": {
       "fields": {
        "slot": {
         "type": "string",
         "id": 1
        }
       }
      },
      "Withdraw": {
       "fields": {
        "slot": {
         "type": "string",
         "id": 1
        }
       }
      },
      "Renew": {
       "fields": {
        "leases": {
         "rule": "repeated",
         "type": "RenewedLease",
         "id": 1
        }
       }
      },
      "RenewedLease": {
       "fields": {
        "lease": {
         "type": "string",
         "id": 1
        },
        "phase": {
         "type": "string",
         "id": 2
        }
       }
      },
      "Release": {
       "oneofs": {
        "_notBegun": {
         "oneof": [
          "notBegun"
         ]
        }
       },
       "fields": {
        "lease": {
         "type": "string",
         "id": 1
        },
        "reason": {
         "type": "string",
         "id": 2
        },
        "notBegun": {
         "type": "bool",
         "id": 3,
         "options": {
          "proto3_optional": true
         }
        }
       }
      },
      "Stopped": {
       "fields": {
        "lease": {
         "type": "string",
         "id": 1
        }
       }
      },
      "CoordinatorMessage": {
       "oneofs": {
        "kind": {
         "oneof": [
          "welcome",
          "refused",
          "grant",
          "renewed",
          "accounted",
          "stop",
          "idle"
         ]
        }
       },
       "fields": {
        "welcome": {
         "type": "Welcome",
         "id": 1
        },
        "refused": {
         "type": "Refused",
         "id": 2
        },
        "grant": {
         "type": "Grant",
         "id": 3
        },
        "renewed": {
         "type": "Renewed",
         "id": 4
        },
        "accounted": {
         "type": "Accounted",
         "id": 5
        },
        "stop": {
         "type": "Stop",
         "id": 6
        },
        "idle": {
         "type": "Idle",
         "id": 7
        }
       }
      },
      "Welcome": {
       "fields": {
        "agent": {
         "type": "string",
         "id": 1
        },
        "coordinatorVersion": {
         "type": "string",
         "id": 2
        },
        "termSeconds": {
         "type": "double",
         "id": 3
        },
        "messages": {
         "type": "MessageServer",
         "id": 4
        },
        "lost": {
         "rule": "repeated",
         "type": "string",
         "id": 5
        }
       }
      },
      "MessageServer": {
       "oneofs": {
        "_user": {
         "oneof": [
          "user"
         ]
        },
        "_password": {
         "oneof": [
          "password"
         ]
        }
       },
       "fields": {
        "servers": {
         "rule": "repeated",
         "type": "string",
         "id": 1
        },
        "user": {
         "type": "string",
         "id": 2,
         "options": {
          "proto3_optional": true
         }
        },
        "password": {
         "type": "string",
         "id": 3,
         "options": {
          "proto3_optional": true
         }
        },
        "stream": {
         "type": "string",
         "id": 4
        },
        "subjectPrefix": {
         "type": "string",
         "id": 5
        },
        "tls": {
         "type": "bool",
         "id": 6
        }
       }
      },
      "Refused": {
       "fields": {
        "code": {
         "type": "string",
         "id": 1
        },
        "message": {
         "type": "string",
         "id": 2
        }
       }
      },
      "Grant": {
       "oneofs": {
        "_resumeFrom": {
         "oneof": [
          "resumeFrom"
         ]
        }
       },
       "fields": {
        "lease": {
         "type": "string",
         "id": 1
        },
        "trial": {
         "type": "string",
         "id": 2
        },
        "attempt": {
         "type": "uint32",
         "id": 3
        },
        "campaign": {
         "type": "string",
         "id": 4
        },
        "slot": {
         "type": "string",
         "id": 5
        },
        "hardwareClass": {
         "type": "string",
         "id": 6
        },
        "termSeconds": {
         "type": "double",
         "id": 7
        },
        "configuration": {
         "keyType": "string",
         "type": "Value",
         "id": 8
        },
        "seed": {
         "type": "uint32",
         "id": 9
        },
        "workload": {
         "type": "Workload",
         "id": 10
        },
        "needs": {
         "type": "Needs",
         "id": 11
        },
        "measurement": {
         "type": "MeasurementProtocol",
         "id": 12
        },
        "limits": {
         "type": "TrialLimits",
         "id": 13
        },
        "sealedMetrics": {
         "rule": "repeated",
         "type": "string",
         "id": 14
        },
        "requiredMetrics": {
         "rule": "repeated",
         "type": "string",
         "id": 15
        },
        "secrets": {
         "rule": "repeated",
         "type": "string",
         "id": 16
        },
        "resumeFrom": {
         "type": "string",
         "id": 17,
         "options": {
          "proto3_optional": true
         }
        }
       }
      },
      "Renewed": {
       "fields": {
        "leases": {
         "rule": "repeated",
         "type": "string",
         "id": 1
        },
        "lost": {
         "rule": "repeated",
         "type": "string",
         "id": 2
        }
       }
      },
      "Accounted": {
       "fields": {
        "lease": {
         "type": "string",
         "id": 1
        }
       }
      },
      "Stop": {
       "fields": {
        "lease": {
         "type": "string",
         "id": 1
        },
        "reason": {
         "type": "string",
         "id": 2
        }
       }
      },
      "Idle": {
       "fields": {}
      },
      "Machine": {
       "fields": {
        "machineId": {
         "type": "string",
         "id": 1
        },
        "hostName": {
         "type": "string",
         "id": 2
        },
        "bootId": {
         "type": "string",
         "id": 3
        },
        "operatingSystem": {
         "type": "string",
         "id": 4
        },
        "cpuModel": {
         "type": "string",
         "id": 5
        },
        "cores": {
         "type": "uint32",
         "id": 6
        },
        "memoryBytes": {
         "type": "double",
         "id": 7
        },
        "devices": {
         "rule": "repeated",
         "type": "Device",
         "id": 8
        },
        "sensors": {
         "rule": "repeated",
         "type": "Sensor",
         "id": 9
        },
        "slots": {
         "rule": "repeated",
         "type": "Slot",
         "id": 10
        },
        "backend": {
         "type": "Backend",
         "id": 11
        },
        "allowedWorkloads": {
         "rule": "repeated",
         "type": "string",
         "id": 12
        },
        "labels": {
         "keyType": "string",
         "type": "string",
         "id": 13
        },
        "environments": {
         "rule": "repeated",
         "type": "string",
         "id": 14
        },
        "dataSets": {
         "rule": "repeated",
         "type": "string",
         "id": 15
        },
        "versions": {
         "keyType": "string",
         "type": "string",
         "id": 16
        }
       }
      },
      "Device": {
       "oneofs": {
        "_memoryBytes": {
         "oneof": [
          "memoryBytes"
         ]
        },
        "_powerLimitWatts": {
         "oneof": [
          "powerLimitWatts"
         ]
        },
        "_simulated": {
         "oneof": [
          "simulated"
         ]
        }
       },
       "fields": {
        "id": {
         "type": "string",
         "id": 1
        },
        "kind": {
         "type": "string",
         "id": 2
        },
        "product": {
         "type": "string",
         "id": 3
        },
        "memoryBytes": {
         "type": "double",
         "id": 4,
         "options": {
          "proto3_optional": true
         }
        },
        "powerLimitWatts": {
         "type": "double",
         "id": 5,
         "options": {
          "proto3_optional": true
         }
        },
        "simulated": {
         "type": "string",
         "id": 6,
         "options": {
          "proto3_optional": true
         }
        }
       }
      },
      "Sensor": {
       "oneofs": {
        "_provenance": {
         "oneof": [
          "provenance"
         ]
        }
       },
       "fields": {
        "device": {
         "type": "string",
         "id": 1
        },
        "part": {
         "type": "string",
         "id": 2
        },
        "source": {
         "type": "string",
         "id": 3
        },
        "available": {
         "type": "bool",
         "id": 4
        },
        "provenance": {
         "type": "string",
         "id": 5,
         "options": {
          "proto3_optional": true
         }
        },
        "detail": {
         "type": "string",
         "id": 6
        },
        "quality": {
         "type": "SensorQuality",
         "id": 7
        },
        "includes": {
         "rule": "repeated",
         "type": "string",
         "id": 8
        }
       }
      },
      "SensorQuality": {
       "oneofs": {
        "_disagreement": {
         "oneof": [
          "disagreement"
         ]
        }
       },
       "fields": {
        "updateMilliseconds": {
         "type": "double",
         "id": 1
        },
        "coverage": {
         "type": "double",
         "id": 2
        },
        "coverageBasis": {
         "type": "string",
         "id": 3
        },
        "expected": {
         "rule": "repeated",
         "type": "ExpectedUncertainty",
         "id": 4
        },
        "disagreement": {
         "type": "double",
         "id": 5,
         "options": {
          "proto3_optional": true
         }
        }
       }
      },
      "ExpectedUncertainty": {
       "fields": {
        "seconds": {
         "type": "double",
         "id": 1
        },
        "random": {
         "type": "double",
         "id": 2
        },
        "gain": {
         "type": "double",
         "id": 3
        }
       }
      },
      "Slot": {
       "oneofs": {
        "_builtinClass": {
         "oneof": [
          "builtinClass"
         ]
        },
        "_commandClass": {
         "oneof": [
          "commandClass"
         ]
        }
       },
       "fields": {
        "id": {
         "type": "string",
         "id": 1
        },
        "devices": {
         "rule": "repeated",
         "type": "string",
         "id": 2
        },
        "builtinClass": {
         "type": "string",
         "id": 3,
         "options": {
          "proto3_optional": true
         }
        },
        "commandClass": {
         "type": "string",
         "id": 4,
         "options": {
          "proto3_optional": true
         }
        }
       }
      },
      "Backend": {
       "oneofs": {
        "_gpuAdvice": {
         "oneof": [
          "gpuAdvice"
         ]
        }
       },
       "fields": {
        "name": {
         "type": "string",
         "id": 1
        },
        "reason": {
         "type": "string",
         "id": 2
        },
        "gpuAdvice": {
         "type": "string",
         "id": 3,
         "options": {
          "proto3_optional": true
         }
        }
       }
      }
     }
    }
   }
  }
 }
};
