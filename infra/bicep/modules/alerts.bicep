// What somebody is told by mail, as soon as the app logs it: the rules of infra/alerts.json.

param token string
param location string
param tags object
param workspaceId string

@description('Who is told.')
param email string

var alerts = loadJsonContent('../../alerts.json')

resource people 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'ag-${token}'
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'orders'
    enabled: true
    emailReceivers: [
      {
        name: 'operator'
        emailAddress: email
        useCommonAlertSchema: true
      }
    ]
  }
}

resource rules 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [for alert in alerts: {
  name: '${alert.name}-${token}'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: alert.title
    description: alert.description
    severity: alert.severity
    enabled: true
    scopes: [
      workspaceId
    ]
    evaluationFrequency: 'PT5M'
    // Longer than the pause between two looks: logs may come in late.
    windowSize: 'PT15M'
    criteria: {
      allOf: [
        {
          // The worker hands each line, which is one JSON object, on as the message of a trace.
          query: 'AppTraces | where Message has_any (dynamic(${string(alert.events)})) | extend line = parse_json(Message) | where tostring(line.event) in (dynamic(${string(alert.events)})) and tostring(line.state) != \'waiting\' | project TimeGenerated, Event = tostring(line.event), Reason = tostring(line.reason), OrderId = tostring(line.order_id), LetterId = tostring(line.letter_id)'
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 0
          // One mail for each reason, not for each order: a provider that is down is one trouble.
          dimensions: [
            {
              name: 'Reason'
              operator: 'Include'
              values: [
                '*'
              ]
            }
          ]
          failingPeriods: {
            numberOfEvaluationPeriods: 1
            minFailingPeriodsToAlert: 1
          }
        }
      ]
    }
    autoMitigate: true
    // The table comes with the first line that is logged.
    skipQueryValidation: true
    actions: {
      actionGroups: [
        people.id
      ]
    }
  }
}]
